import path from 'node:path'
import {PiError} from '../../errors.js'
import {pythonRepr} from '../../python/repr.js'

export type Product = 'privacyidea' | 'edumfa'

interface ConfigValues {
  product: Product
  /** Absolute folder of the instance. */
  directory: string
  databaseUri: string
  secretKey: string
  pepper: string
}

/** Name of the configuration file that the product uses. */
export function configFileName(product: Product): string {
  return product === 'edumfa' ? 'edumfa.cfg' : 'pi.cfg'
}

/** @throws PiError INVALID_INPUT for a folder whose name cannot stand in a SQLAlchemy URI (spec/02 §2.1) */
export function sqliteUri(directory: string): string {
  if (/[?#\n]/.test(directory)) {
    throw new PiError('INVALID_INPUT', `The folder ${directory} has a character that a database address cannot hold.`, {
      hints: ['Choose a folder without ? and #, or name another database with --db-uri'],
    })
  }
  return `sqlite:///${path.join(directory, 'data.sqlite')}`
}

/** The configuration file of a new instance: literals only, so that everything that ever read such a file can read it. */
export function configText({databaseUri, directory, pepper, product, secretKey}: ConfigValues): string {
  const prefix = product === 'edumfa' ? 'EDUMFA' : 'PI'
  const own = (name: string) => pythonRepr(path.join(directory, name))
  return [
    `# Configuration of ${product === 'edumfa' ? 'eduMFA' : 'privacyIDEA'}, made by pi-manage. Keep it and the key files secret.`,
    '',
    '# Users of these realms are administrators.',
    "SUPERUSER_REALM = ['super']",
    `SQLALCHEMY_DATABASE_URI = ${pythonRepr(databaseUri)}`,
    '# Signs the tokens of API users.',
    `SECRET_KEY = ${pythonRepr(secretKey)}`,
    '# Goes into the hashes of administrator passwords: without it they cannot be checked.',
    `${prefix}_PEPPER = ${pythonRepr(pepper)}`,
    '# Encrypts all secrets in the database: without it they are lost.',
    `${prefix}_ENCFILE = ${own('enckey')}`,
    '# Signs audit rows and responses.',
    `${prefix}_AUDIT_KEY_PRIVATE = ${own('private.pem')}`,
    `${prefix}_AUDIT_KEY_PUBLIC = ${own('public.pem')}`,
    `${prefix}_AUDIT_SQL_TRUNCATE = True`,
    `${prefix}_LOGFILE = ${own(`${product}.log`)}`,
    `${prefix}_LOGLEVEL = 20`,
    '',
  ].join('\n')
}
