import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a configuration for one nginx worker in the foreground.
 * @param folder where its files go
 * @param http the contents of the `http` block
 * @returns the command that runs it
 */
export function nginx(folder: string, name: string, http: string): string[] {
  const file = join(folder, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${name}-${kind};`)
    .join(' ');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/${name}.pid; error_log ${folder}/${name}.err crit;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; ${temporary}
${http}
}
`,
  );
  return ['nginx', '-c', file, '-e', `${folder}/${name}.err`];
}

/** Answers every request with a body of `bytes`. */
export const answering = (port: number, bytes: number): string =>
  `server { listen 127.0.0.1:${port}; location / { default_type text/plain; return 200 "${'x'.repeat(bytes)}"; } }`;

/** Proxies everything to one upstream over kept connections. */
export const proxying = (port: number, upstream: number): string =>
  `upstream up { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; } }`;
