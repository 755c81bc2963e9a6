import {buffer} from 'node:stream/consumers'
import {Readable} from 'node:stream'
import {createGunzip} from 'node:zlib'
import {expect} from 'chai'
import {extract} from 'tar-stream'
import {openApp} from '../../../../../src/app.js'
import {redacted} from '../../../../../src/lib/doctor/redact.js'
import {makeBundle} from '../../../../../src/lib/services/doctor/bundle.js'
import {fixtureSecrets} from '../../../../support/canary.js'
import {fixtureInstance} from '../../../../support/instance.js'

describe('the bundle of the doctor', function () {
  this.timeout(30_000)

  it('holds everything but secrets', async () => {
    const instance = await fixtureInstance('privacyidea-3.8')
    const app = await openApp({configFile: instance.config, env: {}, warn: () => {}})
    try {
      const report = await (
        await app.doctor({answerMs: 500, warnings: []})
      ).examine({only: ['database', 'events-options']})
      const {archive, parts} = await makeBundle({
        report,
        reportText: 'text',
        version: '1',
        settings: () => app.settings(),
        database: () => app.database(),
        status: async () => (await app.schema()).status(),
        check: async () => (await app.schema()).check(),
        objects: () => app.configObjects(),
      })
      const files = await unpacked(archive)

      expect([...files.keys()]).to.deep.equal(parts.map((name) => `pi-manage-bundle/${name}`))
      expect(files.get('pi-manage-bundle/counts.json')).to.include('"token": 77')
      expect(files.get('pi-manage-bundle/objects.json')).to.include('auth_otppin_userstore')
      const text = [...files.values()].join('\n')
      expect([...fixtureSecrets()].filter((secret) => text.includes(secret))).to.deep.equal([])
      expect(text).not.to.match(/wNz9miYi15afsQxdbHw1g3ptTKqvXivS|yT9tOvwh3yagO6wIw4pXgfQY/)
    } finally {
      await app.close()
      instance.remove()
    }
  })

  it('hides secrets by name, in addresses and in texts', () => {
    const given = {
      url: 'https://user:canary-db-password-Gw7@host/path',
      options: {BINDPW: 'canary-pin-4Kd81v', note: 'send password=canary-pin-4Kd81v&to=x', list: ['a']},
      pin: 'canary-pin-4Kd81v',
      name: 'kept',
    }

    const text = JSON.stringify(redacted(given))

    expect(text).not.to.include('canary')
    expect(text).to.include('host/path').and.include('kept').and.include('to=x')
  })
})

async function unpacked(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const reader = Readable.from([archive]).pipe(createGunzip()).pipe(extract())
  for await (const entry of reader) files.set(entry.header.name, (await buffer(entry)).toString('utf8'))
  return files
}
