#!/usr/bin/env node
// Works on the system's Node, too: the tool itself runs on the one that the project pins.
import { runTool } from '../bootstrap/run-tool.mjs';

// The tool runs in the workspace's folder; paths are meant from where the command was typed.
process.env.INIT_CWD = process.cwd();
process.exitCode = await runTool('tools/gatewayctl/main.ts', process.argv.slice(2));
