#!/usr/bin/env node
// The same as run.js on the TypeScript sources; start it with: node --import tsx bin/dev.js
import {fileURLToPath} from 'node:url'
import {main} from '../src/cli/main.ts'

await main({
  argv: process.argv.slice(2),
  development: true,
  program: process.env.PI_MANAGE_PROGRAM ?? 'pi-manage',
  root: fileURLToPath(new URL('..', import.meta.url)),
})
