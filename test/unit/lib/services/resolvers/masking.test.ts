import {expect} from 'chai'
import {internalSettings} from '../../../../../src/lib/services/resolvers/internal.js'
import {settingsFromFile} from '../../../../../src/lib/services/resolvers/file.js'
import {maskedSettings} from '../../../../../src/lib/services/resolvers/masking.js'

describe('settings of resolvers', () => {
  it('are masked where they let somebody in, and only there', () => {
    const masked = maskedSettings({
      BINDPW: 'canary-db-password-Gw7',
      Password: '',
      Secret: 'canary-db-password-Gw7',
      client_secret: 'enc:00:11',
      headers: '{"Authorization": "Bearer canary-db-password-Gw7"}',
      Map: '{"userid": "id", "password": "password"}',
      Password_Hash_Type: 'SSHA256',
      LDAPURI: 'ldap://h',
    })

    expect(JSON.stringify(masked)).to.not.include('canary')
    expect(Object.keys(masked).filter((key) => masked[key] === '__CENSORED__')).to.deep.equal([
      'BINDPW',
      'Secret',
      'client_secret',
      'headers',
    ])
  })

  it('are read from Python, JSON and YAML, and from what is shown', async () => {
    const wanted = {Editable: 'True', Limit: '5', Map: '{"userid":"id"}'}

    expect(await settingsFromFile(`{'Editable': True, 'Limit': 5, 'Map': {'userid': 'id'}}`)).to.deep.equal(wanted)
    expect(await settingsFromFile('{"Editable": true, "Limit": 5, "Map": {"userid": "id"}}')).to.deep.equal(wanted)
    expect(await settingsFromFile('Editable: true\nLimit: 5\nMap: {userid: id}\n')).to.deep.equal(wanted)
    expect(await settingsFromFile('name: a\ntype: sqlresolver\nrealms: []\nsettings: {Limit: 5}\n')).to.deep.equal({
      Limit: '5',
    })
  })

  it('of an internal resolver come from the URI of the database, encoded as the product reads them', () => {
    const uri = 'postgresql+psycopg2://pi:p%40ss%2Fw@db:5433/mfa?sslmode=require'

    expect(internalSettings('a', uri, 'privacyidea')).to.deep.include({
      Server: 'db',
      Port: '5433',
      Driver: 'postgresql+psycopg2',
      User: 'pi',
      Password: 'p%40ss%2Fw',
      Database: 'mfa',
      Table: 'users_a',
      conParams: 'sslmode=require',
    })
    expect(internalSettings('a', uri, 'edumfa')['Password']).to.equal('p@ss/w')
    expect(internalSettings('a', 'sqlite:////var/lib/pi.db', 'privacyidea')).to.include({
      Server: '/',
      Database: 'var/lib/pi.db',
    })
  })
})
