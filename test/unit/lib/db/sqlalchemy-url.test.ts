import {expect} from 'chai'
import fc from 'fast-check'
import {dialectNameOf} from '../../../../src/lib/db/dialect.js'
import {describeUrl, parseSqlalchemyUrl} from '../../../../src/lib/db/sqlalchemy-url.js'
import {PiError} from '../../../../src/lib/errors.js'

interface Case {
  uri: string
  user?: string
  password?: string
  host?: string
  port?: number
  database?: string
  query?: Record<string, string[]>
}

/** The table of spec/02 §2.1. */
const cases: Case[] = [
  {uri: 'sqlite:////etc/privacyidea/data.sqlite', database: '/etc/privacyidea/data.sqlite'},
  {uri: 'sqlite:///data.sqlite', database: 'data.sqlite'},
  {uri: 'sqlite://'},
  {uri: 'sqlite:///:memory:', database: ':memory:'},
  {
    uri: 'mysql+pymysql://pi:secret@localhost/pi?charset=utf8mb4',
    user: 'pi',
    password: 'secret',
    host: 'localhost',
    database: 'pi',
    query: {charset: ['utf8mb4']},
  },
  {
    uri: 'mysql://pi:p%40ss%2Fw%3Ard@db.example.com:3307/pi',
    user: 'pi',
    password: 'p@ss/w:rd',
    host: 'db.example.com',
    port: 3307,
    database: 'pi',
  },
  {uri: 'mysql+pymysql://pi:a:b@localhost/pi', user: 'pi', password: 'a:b', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:a+b%2Bc@localhost/pi', user: 'pi', password: 'a+b+c', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:p@ss@localhost/pi', user: 'pi', password: 'p@ss', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:p#w@localhost/pi', user: 'pi', password: 'p#w', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:p?w@localhost/pi', user: 'pi', password: 'p?w', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:p/w@localhost/pi', user: 'pi', password: 'p/w', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi@localhost/pi', user: 'pi', host: 'localhost', database: 'pi'},
  {uri: 'mysql+pymysql://pi:p@[::1]:3306/pi', user: 'pi', password: 'p', host: '::1', port: 3306, database: 'pi'},
  {
    uri: 'mysql+pymysql://pi:p@localhost/pi?unix_socket=/run/mysqld/mysqld.sock&charset=utf8mb4',
    user: 'pi',
    password: 'p',
    host: 'localhost',
    database: 'pi',
    query: {unix_socket: ['/run/mysqld/mysqld.sock'], charset: ['utf8mb4']},
  },
  {
    uri: 'postgresql+psycopg2://pi:secret@/pi?host=/var/run/postgresql',
    user: 'pi',
    password: 'secret',
    database: 'pi',
    query: {host: ['/var/run/postgresql']},
  },
  {
    uri: 'postgresql://pi:secret@localhost/pi?sslmode=require&application_name=pi',
    user: 'pi',
    password: 'secret',
    host: 'localhost',
    database: 'pi',
    query: {sslmode: ['require'], application_name: ['pi']},
  },
  {
    uri: 'oracle+cx_oracle://pi:x@host:1521/?service_name=XE',
    user: 'pi',
    password: 'x',
    host: 'host',
    port: 1521,
    database: '',
    query: {service_name: ['XE']},
  },
  // Beyond the table: the grammar of SQLAlchemy.
  {uri: 'postgresql://'},
  {uri: 'postgresql:///pi', database: 'pi'},
  {uri: 'postgresql://localhost/pi', host: 'localhost', database: 'pi'},
  {uri: 'postgresql://pi@server:pw@host/pi', user: 'pi@server', password: 'pw', host: 'host', database: 'pi'},
  {uri: 'postgresql://pi@server@host/pi', user: 'pi@server', host: 'host', database: 'pi'},
  {uri: 'postgresql://pi:@host/pi', user: 'pi', password: '', host: 'host', database: 'pi'},
  {uri: 'mysql://host/a%20b?x=a+b&x=c%26d&y', host: 'host', database: 'a%20b', query: {x: ['a b', 'c&d'], y: ['']}},
  {uri: 'mysql://pi:100%@host/pi', user: 'pi', password: '100%', host: 'host', database: 'pi'},
  {uri: 'mysql://pi:%C3%A4@host/pi', user: 'pi', password: 'ä', host: 'host', database: 'pi'},
]

describe('SQLAlchemy URIs', () => {
  for (const {uri, user, password, host, port, database, query = {}} of cases) {
    it(`reads ${uri}`, () => {
      const {username, ...url} = parseSqlalchemyUrl(uri)

      expect({...url, user: username, query: Object.fromEntries(url.query)}).to.deep.include({
        user,
        password,
        host,
        port,
        database,
        query,
      })
    })
  }

  it('gives back any user, password and host that were escaped, or not escaped where that is allowed', () => {
    const word = fc.stringMatching(/^[^\s@:/?#[\]%]{1,20}$/)
    fc.assert(
      fc.property(fc.string({minLength: 1}), fc.string(), word, fc.nat(65_535), (user, password, host, port) => {
        const uri = `postgresql+psycopg2://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/pi`
        expect(parseSqlalchemyUrl(uri)).to.include({username: user, password, host, database: 'pi'})
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[^@%]{0,20}$/), (password) => {
        expect(parseSqlalchemyUrl(`mysql://pi:${password}@db/pi`)).to.include({username: 'pi', password, host: 'db'})
      }),
    )
  })

  it('are refused when they are none, without repeating the password', () => {
    for (const uri of [
      '',
      'pi',
      'sqlite:data.sqlite',
      '://x',
      'mysql://pi:SECRET@host:abc/pi',
      'mysql://pi:SECRET@[::1/pi',
    ]) {
      expect(() => parseSqlalchemyUrl(uri), uri)
        .to.throw(PiError, 'database URI')
        .that.satisfies((error: PiError) => error.code === 'CONFIG' && !error.message.includes('SECRET'))
    }
  })

  it('are named in messages without their password', () => {
    const described = describeUrl(parseSqlalchemyUrl('mysql+pymysql://pi:SECRET@[::1]:3307/pi?charset=utf8'))

    expect(described).to.equal('mysql+pymysql://pi:***@[::1]:3307/pi')
  })

  it('lead to the dialects of spec/02 §2.2', () => {
    const dialects: Record<string, string[]> = {
      mariadb: [
        'mysql',
        'mysql+pymysql',
        'mysql+mysqldb',
        'mysql+mysqlconnector',
        'mariadb',
        'mariadb+mariadbconnector',
        'pymysql',
      ],
      postgres: ['postgresql', 'postgresql+psycopg2', 'postgresql+psycopg', 'postgresql+pg8000', 'postgres'],
      sqlite: ['sqlite', 'sqlite+pysqlite', 'SQLite'],
    }
    for (const [dialect, schemes] of Object.entries(dialects)) {
      for (const scheme of schemes) expect(dialectNameOf(parseSqlalchemyUrl(`${scheme}://`).backend)).to.equal(dialect)
    }
    for (const scheme of ['oracle', 'oracle+cx_oracle', 'mssql+pyodbc', 'nosuch']) {
      expect(() => dialectNameOf(parseSqlalchemyUrl(`${scheme}://`).backend)).to.throw('not supported')
    }
  })
})
