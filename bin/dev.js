#!/usr/bin/env node
// The same as run.js on the TypeScript sources; start it with: node --import tsx bin/dev.js
import {execute} from '@oclif/core'
import {rewriteArgv} from '../src/cli/compat/argv.ts'

await execute({args: rewriteArgv('pi-manage', process.argv.slice(2)), development: true, dir: import.meta.url})
