/**
 * Feeds the built program hostile files under strace: it ends with a clear line, opens no file that the input names and asks
 * no address. Then reads files of 1,000,000 rows: how much memory that takes.
 *
 * npm run build && node --import tsx bench/hostile.ts [rows]
 */
import {spawnSync} from 'node:child_process'
import {closeSync, openSync, readFileSync, writeFileSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {hostileFiles} from '../test/support/hostile-files.js'
import {temporaryFolder} from '../test/support/folders.js'
import {programEnv, programFile} from '../test/support/program.js'

const rows = Number(process.argv[2] ?? 1_000_000)
const folder = temporaryFolder('hostile')
const seed = '3132333435363738393031323334353637383930'
const limitMb = 300

for (const {name, content} of hostileFiles) {
  const [file, trace] = [join(folder, name), join(folder, `${name}.trace`)]
  writeFileSync(file, content)
  const command = [process.execPath, programFile('pi-manage'), 'convert', file, '--to', 'oath-csv', '--plain']
  const traced = ['-f', '-qq', '-e', 'trace=openat,open,connect', '-o', trace, ...command]
  const {status, stderr} = spawnSync('strace', traced, {encoding: 'utf8', env: programEnv({}), timeout: 120_000})
  const calls = readFileSync(trace, 'utf8')
  const bad = /"\/etc\/hostname"|"[^"]*secret\.dtd"|sa_family=AF_INET6?/.exec(calls)?.[0]
  const clear = [2, 3, 7].includes(status ?? -1) && !/\n\s+at /.test(stderr)
  console.log(`${name.padEnd(22)} status ${String(status)}, ${bad ? `REACHED OUT: ${bad}` : 'nothing else opened'}`)
  if (bad || !clear) process.exitCode = 1
}

const lists: Record<string, {head: string; row: (at: number) => string; foot: string}> = {
  'rows.csv': {head: '', row: (at) => `S${String(at)},${seed},hotp,6,0\r\n`, foot: ''},
  'rows.uri': {
    head: '',
    row: (at) => `otpauth://totp/a${String(at)}?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n`,
    foot: '',
  },
  'rows.xml': {
    head: '<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">\n',
    row: (at) =>
      `<KeyPackage><DeviceInfo><SerialNo>S${String(at)}</SerialNo></DeviceInfo><Key Id="K${String(at)}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data></Key></KeyPackage>\n`,
    foot: '</KeyContainer>\n',
  },
}

for (const [name, {head, row, foot}] of Object.entries(lists)) {
  const file = join(folder, name)
  const out = openSync(file, 'w')
  writeSync(out, head)
  for (let at = 0; at < rows; at += 1000) {
    writeSync(out, Array.from({length: Math.min(1000, rows - at)}, (_, more) => row(at + more)).join(''))
  }
  writeSync(out, foot)
  closeSync(out)
  const command = [process.execPath, programFile('pi-manage'), 'convert', file, '--to', 'oath-csv', '--plain']
  const {status, stderr} = spawnSync(
    '/usr/bin/env',
    ['sh', '-c', '"$@" > /dev/null; status=$?; exit $status', 'sh', ...command],
    {
      encoding: 'utf8',
      env: {...programEnv({}), NODE_OPTIONS: `--import ${new URL('peak-memory.mjs', import.meta.url).href}`},
    },
  )
  const peak = Math.round(Number(/peak (\d+) kB/.exec(stderr)?.[1] ?? NaN) / 1024)
  console.log(
    `${name.padEnd(22)} ${String(rows)} rows, status ${String(status)}, peak ${String(peak)} MB (limit ${String(limitMb)})`,
  )
  if (status !== 0 || !(peak < limitMb)) process.exitCode = 1
}
