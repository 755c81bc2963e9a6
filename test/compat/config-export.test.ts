import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {openApp, type App} from '../../src/app.js'
import {writeExport, type ExportFormat} from '../../src/lib/config-objects/exchange/write.js'
import {ConfigObjectService} from '../../src/lib/services/config-objects.js'
import {fixtureInstance, type Instance} from '../support/instance.js'

describe('exports of the configuration, as 3.8 wrote them', () => {
  let instance: Instance
  let app: App
  let service: ConfigObjectService

  before(async () => {
    instance = await fixtureInstance('privacyidea-3.8')
    app = await openApp({configFile: instance.config, env: {}})
    service = new ConfigObjectService(await app.database(), () => app.security())
  })

  after(async () => {
    await app.close()
    await instance.remove()
  })

  const cwd = process.cwd()
  before(() => process.chdir(instance.folder))
  after(() => process.chdir(cwd))

  const recorded = (file: string): string =>
    readFileSync(join(instance.folder, 'exports', file), 'utf8').replaceAll('@FIXTURE@', instance.folder)
  const exported = async (
    kinds: string[],
    format: ExportFormat,
    names: string[] = [],
    form: 'clear' | 'censored' = 'clear',
  ) => writeExport(await service.exportOriginal({form, kinds, names, originalTypes: true}), format)

  for (const [file, kinds, names] of [
    ['config_exporter_some.json', ['policy', 'realm'], []],
    ['config_exporter_named.json', ['resolver'], ['sqlres']],
    [
      'config_exporter_no_periodictask.json',
      [
        'policy',
        'resolver',
        'event',
        'realm',
        'machineresolver',
        'radiusserver',
        'privacyideaserver',
        'caconnector',
        'smsgateway',
        'smtpserver',
        'config',
      ],
      [],
    ],
  ] as [string, string[], string[]][]) {
    it(`writes ${file} in JSON with the same content`, async () => {
      const ours = await exported(kinds, 'json', names)

      expect(JSON.parse(ours)).to.deep.equal(JSON.parse(recorded(file)))
      expect(ours).to.equal(recorded(file))
    })
  }

  for (const [file, kinds, format, names, form] of [
    ['p_export.txt', ['policy'], 'pretty', [], 'clear'],
    ['p_export_one.txt', ['policy'], 'pretty', ['helpdesk'], 'clear'],
    ['e_export.txt', ['event'], 'pretty', [], 'clear'],
    ['e_export_one.txt', ['event'], 'pretty', ['notify init'], 'clear'],
    [
      'config_exporter_no_periodictask.py.txt',
      [
        'policy',
        'resolver',
        'event',
        'realm',
        'machineresolver',
        'radiusserver',
        'privacyideaserver',
        'caconnector',
        'smsgateway',
        'smtpserver',
        'config',
      ],
      'python',
      [],
      'clear',
    ],
  ] as [string, string[], ExportFormat, string[], 'clear' | 'censored'][]) {
    it(`writes ${file} byte for byte`, async () => {
      const ours = await exported(kinds, format, names, form)

      expect(`${ours}${format === 'pretty' ? '\n' : ''}`).to.equal(recorded(file))
    })
  }

  it('writes config_exporter.yaml byte for byte, but for the dates of last runs as texts', async () => {
    const theirs = recorded('config_exporter.yaml').replace('2024-02-03 03:15:01+00:00', "'2024-02-03T03:15:01+00:00'")

    // the original prints one more line end than it writes to a file
    expect(`${await exported([], 'yaml')}\n`).to.equal(theirs)
  })
})
