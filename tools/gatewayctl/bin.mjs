#!/usr/bin/env node
// Works on the system's Node, too: the tool itself runs on the one that the project pins.
import { runTool } from '../bootstrap/run-tool.mjs';

process.exitCode = await runTool('tools/gatewayctl/main.ts', process.argv.slice(2));
