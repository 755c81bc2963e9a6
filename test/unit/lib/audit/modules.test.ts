import {expect} from 'chai'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {AuditSink} from '../../../../src/lib/audit/contract.js'
import {openAudit} from '../../../../src/lib/audit/registry.js'
import {loadSettings} from '../../../../src/lib/config/load.js'
import type {AuditEntry} from '../../../../src/lib/types/audit.js'
import {temporaryFolder} from '../../../support/folders.js'

const base = 'privacyidea.lib.auditmodules'
const now = Date.UTC(2025, 2, 30, 4, 0, 5, 250)
const entry: AuditEntry = {
  startedAt: now - 5250,
  action: 'POST /validate/check',
  success: true,
  serial: 'OATH1',
  tokenType: 'hotp',
  user: 'ünï',
  realm: 'corp',
  resolver: null,
  administrator: null,
  actionDetail: '',
  info: 'matching 1 tokens',
  server: 'localnode',
  client: '10.0.0.1',
  policies: ['one', 'two'],
  threadId: null,
  userAgent: null,
  userAgentVersion: null,
  authentication: null,
}

describe('audit modules', () => {
  const folder = temporaryFolder('audit-modules')
  const file = (name: string) => join(folder, name)

  async function open(settings: string, table: AuditEntry[] = []): Promise<{sink: AuditSink; warnings: string[]}> {
    writeFileSync(file('pi.cfg'), settings)
    const warnings: string[] = []
    const sink = await openAudit({
      settings: await loadSettings({configFile: file('pi.cfg'), env: {}}),
      clock: () => now,
      warn: (message) => warnings.push(message),
      openTable: async () => ({
        async write(written) {
          table.push(written)
        },
        async close() {},
      }),
    })
    return {sink, warnings}
  }

  it('sql is what counts when nothing is said', async () => {
    const table: AuditEntry[] = []
    const {sink} = await open("PI_PEPPER = 'x'\n", table)

    await sink.write(entry)

    expect(table).to.deep.equal([entry])
  })

  it('logger writes JSON with sorted keys into PI_LOGFILE', async () => {
    const {sink} = await open(`PI_AUDIT_MODULE = '${base}.loggeraudit'\nPI_LOGFILE = '${file('pi.log')}'\n`)

    await Promise.all([sink.write(entry), sink.write({...entry, success: false})])
    await sink.close()

    const lines = readFileSync(file('pi.log'), 'utf8').trim().split('\n')
    const [, json] = /^\[[^\]]+\]\[\d+\]\[0\]\[INFO\]\[privacyidea\.lib\.auditmodules\.loggeraudit:0\] (.*)$/.exec(
      lines[0]!,
    )!
    const parsed = JSON.parse(json!) as Record<string, unknown>
    expect(Object.keys(parsed)).to.deep.equal(Object.keys(parsed).toSorted())
    expect(json).to.include(String.raw`"user": "\u00fcn\u00ef"`)
    expect(parsed).to.include({
      duration: '0:00:05.250000',
      policies: 'one,two',
      success: true,
      timestamp: '2025-03-30T04:00:05.250000',
    })
    expect(lines).to.have.length(2)
  })

  for (const [form, text] of [
    [
      'YAML',
      `version: 1
formatters: {plain: {format: 'AUDIT %(name)s %(message)s'}}
handlers: {own: {class: logging.FileHandler, filename: '@FILE@', formatter: plain}}
loggers: {audit.log: {handlers: [own]}}
`,
    ],
    [
      'INI',
      `[loggers]
keys=root,a
[logger_a]
qualname=audit.log
handlers=own
[handler_own]
class=logging.handlers.RotatingFileHandler
formatter=plain
args=('@FILE@', 'a', 1000)
[formatter_plain]
format=AUDIT %(name)s %(message)s
`,
    ],
  ] as const) {
    it(`logger follows the logging configuration (${form})`, async () => {
      const log = file(`${form}.log`)
      writeFileSync(file('logging.cfg'), text.replace('@FILE@', log))
      const {sink} = await open(
        `PI_AUDIT_MODULE = '${base}.loggeraudit'\nPI_AUDIT_LOGGER_QUALNAME = 'audit.log'\nPI_LOGCONFIG = '${file('logging.cfg')}'\n`,
      )

      await sink.write(entry)

      expect(readFileSync(log, 'utf8')).to.match(/^AUDIT audit\.log \{"action": .*\}\n$/)
    })
  }

  it('container writes to all of its modules', async () => {
    const table: AuditEntry[] = []
    const {sink} = await open(
      `PI_AUDIT_MODULE = '${base}.containeraudit'\nPI_LOGFILE = '${file('both.log')}'\n` +
        `PI_AUDIT_CONTAINER_WRITE = ['${base}.sqlaudit', '${base}.loggeraudit']\n`,
      table,
    )

    await sink.write(entry)

    expect(table).to.have.length(1)
    expect(readFileSync(file('both.log'), 'utf8')).to.include('OATH1')
  })

  it('refuses modules that it does not know, and a container in a container', async () => {
    const failures: unknown[] = []
    for (const text of [
      "PI_AUDIT_MODULE = 'my.own.audit'\n",
      `PI_AUDIT_MODULE = '${base}.containeraudit'\nPI_AUDIT_CONTAINER_WRITE = ['${base}.containeraudit']\n`,
    ]) {
      await open(text).catch((error: unknown) => failures.push(error))
    }

    expect(failures.map((error) => (error as {code: string}).code)).to.deep.equal(['CONFIG', 'CONFIG'])
  })

  it('says so when entries cannot be written, and goes on', async () => {
    const {sink, warnings} = await open(
      `PI_AUDIT_MODULE = '${base}.loggeraudit'\nPI_LOGFILE = '${file('nothere/pi.log')}'\n`,
    )

    await sink.write(entry)

    expect(warnings).to.have.length(1)
  })
})
