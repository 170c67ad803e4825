// Jest links ES modules before it evaluates them but runs CommonJS while linking, so a CommonJS package that require()s
// the ESM-only Nest would fail with "Cannot require() ES Module ... in a cycle". Evaluating Nest first avoids it.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
import '@nestjs/microservices';
