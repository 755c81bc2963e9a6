import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {loadSettings, type LoadSettingsOptions} from '../../../../src/lib/config/load.js'
import type {Settings} from '../../../../src/lib/config/settings.js'
import {PiError} from '../../../../src/lib/errors.js'
import {fixture, temporaryFolder} from '../../../support/folders.js'

const folder = temporaryFolder('config')
let files = 0

/** Writes a configuration file and gives its path. */
function file(text: string, name = `cfg${++files}.cfg`): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function load(options: Partial<LoadSettingsOptions>): Promise<{settings: Settings; warnings: string[]}> {
  const warnings: string[] = []
  const settings = await loadSettings({cwd: folder, env: {}, warn: (message) => warnings.push(message), ...options})
  return {settings, warnings}
}

async function failure(options: Partial<LoadSettingsOptions>): Promise<PiError> {
  try {
    await load(options)
  } catch (error) {
    expect(error).to.be.instanceOf(PiError)
    return error as PiError
  }
  throw new Error('the settings were loaded')
}

describe('loadSettings', () => {
  describe('finds the file', () => {
    it('named on the command line, before all others', async () => {
      const named = file("PI_NODE = 'named'")
      const other = file("PI_NODE = 'other'")

      const {settings} = await load({configFile: named, env: {EDUMFA_CONFIGFILE: other, PRIVACYIDEA_CONFIGFILE: other}})

      expect(settings.text('PI_NODE')).to.equal('named')
      expect(settings.file).to.equal(named)
    })

    it('named by PRIVACYIDEA_CONFIGFILE or EDUMFA_CONFIGFILE, relative to the working directory', async () => {
      file("PI_NODE = 'pi'", 'by-env.cfg')
      file("EDUMFA_NODE = 'mfa'", 'by-env-edumfa.cfg')

      const pi = await load({env: {PRIVACYIDEA_CONFIGFILE: 'by-env.cfg'}})
      const mfa = await load({env: {EDUMFA_CONFIGFILE: 'by-env-edumfa.cfg'}})

      expect([pi.settings.product, pi.settings.text('PI_NODE')]).to.deep.equal(['privacyidea', 'pi'])
      expect([mfa.settings.product, mfa.settings.text('PI_NODE')]).to.deep.equal(['edumfa', 'mfa'])
    })

    it('of eduMFA first for a program of eduMFA, and says so when two are named', async () => {
      const env = {EDUMFA_CONFIGFILE: file("EDUMFA_NODE = 'mfa'"), PRIVACYIDEA_CONFIGFILE: file("PI_NODE = 'pi'")}

      const plain = await load({env})
      const edumfa = await load({env: {...env, PI_MANAGE_PRODUCT: 'edumfa'}})

      expect(plain.settings.text('PI_NODE')).to.equal('pi')
      expect(edumfa.settings.text('PI_NODE')).to.equal('mfa')
      expect(plain.warnings).to.have.length(1)
    })

    it('in a folder given instead of a file', async () => {
      mkdirSync(join(folder, 'instance'))
      file("PI_NODE = 'inside'", 'instance/pi.cfg')

      const {settings} = await load({configFile: 'instance'})

      expect(settings.text('PI_NODE')).to.equal('inside')
    })

    it('or says which one is missing, a folder, unreadable, or no text', async () => {
      const binary = join(folder, 'binary.cfg')
      writeFileSync(binary, Buffer.from([0x58, 0x3d, 0xff, 0xfe, 0x00]))

      for (const [configFile, message] of [
        ['nothing.cfg', /nothing\.cfg cannot be read: it does not exist/],
        [folder, /no pi\.cfg or edumfa\.cfg/],
        [binary, /no UTF-8 text/],
        [file('# coding: klingon\nX = 1'), /encoding 'klingon'/],
        [file('X = (1,\n'), /line 1, column 5: this is not valid Python/],
      ] as const) {
        const error = await failure({configFile})
        expect(error.code).to.equal('CONFIG')
        expect(error.message).to.match(message)
      }
    })

    it('and refuses one of the environment that is missing, unless settings come from elsewhere', async () => {
      const env = {PRIVACYIDEA_CONFIGFILE: '/nonexistent/pi.cfg'}

      expect((await failure({env})).code).to.equal('CONFIG')
      const {settings, warnings} = await load({databaseUri: 'sqlite:////x', env})

      expect(settings.required('SQLALCHEMY_DATABASE_URI')).to.equal('sqlite:////x')
      expect(warnings.join()).to.match(/it does not exist/)
    })
  })

  describe('takes values', () => {
    it('from flags before the file', async () => {
      const configFile = file("SQLALCHEMY_DATABASE_URI = 'sqlite:////a'\nPI_ENCFILE = '/a'")

      const {settings} = await load({configFile, databaseUri: 'sqlite:////b', enckeyFile: 'b'})

      expect(settings.required('SQLALCHEMY_DATABASE_URI')).to.equal('sqlite:////b')
      expect(settings.path('PI_ENCFILE')).to.equal(join(folder, 'b'))
    })

    it('from PRIVACYIDEA_ variables below the file, JSON and nested names included', async () => {
      const configFile = file('PI_LOGLEVEL = 10')
      const env = {
        PRIVACYIDEA_CONFIGFILE: configFile,
        PRIVACYIDEA_PI_LOGLEVEL: '40',
        PRIVACYIDEA_PI_NODE: 'from-env',
        PRIVACYIDEA_SQLALCHEMY_ENGINE_OPTIONS__pool_recycle: '3600',
        PRIVACYIDEA_SUPERUSER_REALM: '["a", "b"]',
      }

      const {settings} = await load({env})

      expect(settings.integer('PI_LOGLEVEL')).to.equal(10)
      expect(settings.text('PI_NODE')).to.equal('from-env')
      expect(settings.list('SUPERUSER_REALM')).to.deep.equal(['a', 'b'])
      expect(settings.get('SQLALCHEMY_ENGINE_OPTIONS')).to.deep.equal({pool_recycle: 3600})
      expect(settings.get('CONFIGFILE')).to.equal(undefined)
    })

    it('from the variables of the docker class, where PRIVACYIDEA_ variables override the file', async () => {
      const pepper = file('pepper-from-file\n', 'pepper')
      const env = {
        PI_CONFIG_NAME: 'docker',
        PI_DB_EXTRA_PARAMS: 'charset=utf8mb4',
        PI_DB_HOST: 'db',
        PI_DB_NAME: 'pi',
        PI_DB_PASSWORD: 'p',
        PI_DB_PORT: '3307',
        PI_DB_USER: 'u',
        PI_ENCFILE: '/keys/enckey',
        PI_PEPPER: 'plain',
        PI_PEPPER_FILE: pepper,
        PRIVACYIDEA_CONFIGFILE: file("PI_NODE = 'file'"),
        PRIVACYIDEA_PI_NODE: 'env',
      }

      const {settings} = await load({env})

      expect(settings.required('SQLALCHEMY_DATABASE_URI')).to.equal('mysql+pymysql://u:p@db:3307/pi?charset=utf8mb4')
      expect(settings.text('PI_PEPPER')).to.equal('pepper-from-file')
      expect(settings.text('PI_ENCFILE')).to.equal('/keys/enckey')
      expect(settings.text('PI_NODE')).to.equal('env')
    })

    it('without a pepper in the docker class, which has no default', async () => {
      const {settings} = await load({env: {DATABASE_URL: 'sqlite:////x', PI_CONFIG_NAME: 'docker'}})

      expect(settings.get('PI_PEPPER')).to.equal(undefined)
    })

    it('from DATABASE_URL and SECRET_KEY when nothing else has them', async () => {
      const env = {DATABASE_URL: 'sqlite:////env', SECRET_KEY: 'k'}

      const {settings} = await load({configFile: file("SECRET_KEY = 'file'"), env})

      expect(settings.required('SQLALCHEMY_DATABASE_URI')).to.equal('sqlite:////env')
      expect(settings.text('SECRET_KEY')).to.equal('file')
    })

    it('from the built-in defaults, under the names of either product', async () => {
      const pi = await load({configFile: file('PI_LOGLEVEL = 30')})
      const mfa = await load({configFile: file('EDUMFA_LOGLEVEL = 30')})

      expect(pi.settings.text('PI_PEPPER')).to.equal('Never know...')
      expect(pi.settings.list('SUPERUSER_REALM')).to.deep.equal(['superuser'])
      expect(pi.settings.text('PI_AUDIT_MODULE')).to.equal('privacyidea.lib.auditmodules.sqlaudit')
      expect(mfa.settings.text('PI_AUDIT_MODULE')).to.equal('edumfa.lib.auditmodules.sqlaudit')
      expect(mfa.settings.path('PI_GNUPG_HOME')).to.equal('/etc/edumfa/gpg')
      expect(mfa.settings.integer('PI_LOGLEVEL')).to.equal(30)
    })

    it('for the node from the audit server name before localnode', async () => {
      const named = await load({configFile: file("PI_AUDIT_SERVERNAME = 'srv'")})
      const bare = await load({configFile: file('PI_LOGLEVEL = 1')})

      expect(named.settings.text('PI_NODE')).to.equal('srv')
      expect(bare.settings.text('PI_NODE')).to.equal('localnode')
    })
  })

  describe('checks types when asked', () => {
    const text =
      "PI_A = 1\nPI_B = ['a', 1]\nPI_C = 'canary-pin-4Kd81v'\nPI_D = b'x'\nPI_E = 'True'\nPI_F = ('a', 'b')\nPI_G = True\n"

    it('names key and file, and not the value', async () => {
      const configFile = file(text)
      const {settings} = await load({configFile})

      for (const ask of [
        () => settings.text('PI_A'),
        () => settings.list('PI_B'),
        () => settings.integer('PI_C'),
        () => settings.list('PI_C'),
        () => settings.text('PI_D'),
      ]) {
        expect(ask).to.throw(PiError).with.property('message').that.includes(configFile).and.does.not.include('canary')
      }
    })

    it('gives bytes, truth values and lists', async () => {
      const {settings} = await load({configFile: file(text)})

      expect(settings.get('PI_D')).to.deep.equal(Buffer.from('x'))
      expect([
        settings.flag('PI_E'),
        settings.flag('PI_G'),
        settings.flag('PI_A'),
        settings.flag('PI_C'),
      ]).to.deep.equal([true, true, true, false])
      expect(settings.list('PI_F')).to.deep.equal(['a', 'b'])
      expect(settings.keys()).to.include.members(['PI_A', 'PI_G'])
    })

    it('demands a setting only when it is needed, and says where it belongs', async () => {
      const configFile = file("PI_AUDIT_SQL_URI = 'sqlite:////audit'")
      const {settings} = await load({configFile})

      expect(settings.required('PI_AUDIT_SQL_URI')).to.equal('sqlite:////audit')
      expect(() => settings.required('SQLALCHEMY_DATABASE_URI'))
        .to.throw(PiError, /SQLALCHEMY_DATABASE_URI is missing/)
        .with.property('code', 'CONFIG')
    })
  })

  describe('with parts it does not understand', () => {
    it('warns, works for the others, and fails with line and column for the one that is needed', async () => {
      const configFile = file("PI_NODE = 'n'\nPI_LOGO = something.unknown()\nPI_PEPPER = 'p'\n")

      const {settings, warnings} = await load({configFile})

      expect(settings.text('PI_PEPPER')).to.equal('p')
      expect(warnings).to.have.length(1)
      expect(warnings[0]).to.match(/line 2, column 11: the name 'something'.*PI_LOGO cannot be used/)
      expect(() => settings.text('PI_LOGO')).to.throw(PiError, /line 2, column 11: the setting PI_LOGO cannot be read/)
    })

    it('says nothing about helpers that set nothing', async () => {
      const {warnings} = await load({
        configFile: file("import sys\nsys.path.insert(0, '/x')\nlower = nope()\nPI_NODE = 'n'"),
      })

      expect(warnings).to.deep.equal([])
    })

    it('says where the file itself refuses to go on', async () => {
      const {warnings} = await load({configFile: file("raise RuntimeError('not configured')\n")})

      expect(warnings[0]).to.match(/line 1, column 1: it ends with RuntimeError: not configured/)
    })
  })

  for (const set of ['events', 'http', 'janitor', 'privacyidea-3.14dev', 'privacyidea-3.8', 'resolvers', 'rotate']) {
    it(`reads the file of ${set} completely`, async () => {
      const {settings, warnings} = await load({configFile: fixture('interop', set, 'pi.cfg')})

      expect(warnings).to.deep.equal([])
      expect(settings.product).to.equal('privacyidea')
      expect(settings.required('SQLALCHEMY_DATABASE_URI')).to.match(/^sqlite:\/\/\/@(?:FIXTURE|DIR)@\/data\.sqlite$/)
      expect(settings.required('SECRET_KEY')).to.have.length.greaterThan(20)
      for (const key of settings.keys()) expect(settings.get(key), key).to.not.equal(undefined)
    })
  }
})
