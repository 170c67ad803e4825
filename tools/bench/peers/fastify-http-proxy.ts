// @fastify/http-proxy as its README sets it up. PORT, UPSTREAM: ports on 127.0.0.1.
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

const { PORT, UPSTREAM } = process.env;
const server = fastify();
await server.register(proxy, { upstream: `http://127.0.0.1:${UPSTREAM}` });
await server.listen({ port: Number(PORT), host: '127.0.0.1' });
