import {decryptPin, decryptTokenSecret, decryptValue, isEncryptedPin} from '../crypto/secret-values.js'
import {decodeUtf8} from '../crypto/encodings.js'
import {PiError} from '../errors.js'
import type {SecurityModule} from '../security-module.js'
import type {ImportedDetail, ImportedState, ImportedToken} from '../types/imported-token.js'
import type {Token} from '../types/token.js'
import type {Condition} from './janitor/condition.js'
import {selectTokens, type SelectionEnv} from './janitor/select.js'
import {everyPart, type TokenRecord} from './tokens/record.js'

/** A token ready to be written, or why it cannot be. */
export type ExportedToken = {token: ImportedToken} | {serial: string; error: string}

/** Reads tokens with everything about them, secrets in clear, as files describe them. */
export class ExportTokens {
  readonly #env: SelectionEnv

  constructor(env: SelectionEnv) {
    this.#env = env
  }

  /**
   * The tokens that meet a condition, in the order in which they were added; memory stays flat.
   * @param options.exact all details as stored, for a dump; otherwise hash, step and kind have their fields
   * @throws PiError UNAVAILABLE
   */
  async *run(condition: Condition, {exact = false, logins = false} = {}): AsyncIterable<ExportedToken> {
    const security = await this.#env.security()
    for await (const page of selectTokens(this.#env, condition, {parts: everyPart, pageSize: 1000, secrets: true})) {
      for (const record of page) yield await this.#export(record, security, {exact, logins})
    }
  }

  async #export(
    record: TokenRecord,
    security: SecurityModule,
    {exact, logins}: {exact: boolean; logins: boolean},
  ): Promise<ExportedToken> {
    try {
      const token = await describe(record, security, exact)
      if (logins) await this.#addLogin(token, record)
      return {token}
    } catch (error) {
      if (!(error instanceof PiError) || error.code !== 'INTEGRITY') throw error
      return {serial: record.token.serial, error: 'a secret of it cannot be decrypted with this key'}
    }
  }

  /** The owner by login, which files for people name. An owner who is gone is left out. */
  async #addLogin(token: ImportedToken, {owners}: TokenRecord): Promise<void> {
    const [owner] = owners
    if (!owner) return
    const found = await (await this.#env.users()).getUser(owner.userId, owner.resolver)
    if (found.state === 'unknown') throw found.reason
    if (found.state !== 'found') return
    token.user = {login: found.login, resolver: owner.resolver, ...(owner.realm && {realm: owner.realm})}
  }
}

async function describe(record: TokenRecord, security: SecurityModule, exact: boolean): Promise<ImportedToken> {
  const {token, realms} = record
  const bytes = await decryptTokenSecret(security, {ciphertext: token.keyEnc, iv: token.keyIv})
  const described: ImportedToken = {
    serial: token.serial,
    type: token.tokentype,
    secret: decodeUtf8(bytes) ?? bytes,
    otplen: token.otplen,
    counter: token.count,
    description: token.description,
    realms: [...realms],
    state: await readState(record, security, exact),
  }
  const details = await readDetails(record, security)
  if (exact) return {...described, details}
  addFields(described, details)
  if (token.tokentype === 'motp' && described.state?.userPin !== undefined) described.motpPin = described.state.userPin
  return described
}

async function readState(
  {token, owners, groups}: TokenRecord,
  security: SecurityModule,
  exact: boolean,
): Promise<ImportedState> {
  const pin = async (ciphertext: string, iv: string) =>
    ciphertext === '' ? undefined : (await decryptTokenSecret(security, {ciphertext, iv})).toString('utf8')
  const [userPin, soPin] = await Promise.all([pin(token.userPin, token.userPinIv), pin(token.soPin, token.soPinIv)])
  return {
    active: token.active,
    revoked: token.revoked,
    locked: token.locked,
    failcount: token.failcount,
    maxfail: token.maxfail,
    countWindow: token.countWindow,
    syncWindow: token.syncWindow,
    rolloutState: finishedIsEmpty(token),
    ...(await otpPin(token, security)),
    ...(token.pinSeed !== '' && {pinSeed: token.pinSeed}),
    ...(userPin !== undefined && {userPin}),
    ...(soPin !== undefined && {soPin}),
    ...(groups.length > 0 && {groups: [...groups]}),
    ...(owners.length > 0 && {owners: owners.map((owner) => ({...owner}))}),
    ...(exact && {exact}),
  }
}

/** Releases differ in what they call a finished roll-out; a file has one word for it. */
function finishedIsEmpty({rolloutState}: Token): string {
  return rolloutState === 'enrolled' ? '' : rolloutState
}

async function otpPin({pinHash}: Token, security: SecurityModule): Promise<ImportedState> {
  if (pinHash === '') return {}
  return isEncryptedPin(pinHash) ? {reversiblePin: await decryptPin(security, pinHash)} : {pinHash}
}

async function readDetails({info}: TokenRecord, security: SecurityModule): Promise<ImportedDetail[]> {
  return Promise.all(
    info.map(async ({key, value, type, description}) => ({
      key,
      value: type === 'password' && value !== '' ? await decryptValue(security, value) : value,
      type,
      ...(description !== '' && {description}),
    })),
  )
}

/** A token of a dump as a seed file describes it: what details say of hash, step and kind moves into its fields. */
export function asSeed({details, state, ...token}: ImportedToken): ImportedToken {
  if (!state?.exact || !details) return {...token, ...(details && {details}), ...(state && {state})}
  const {exact: _, ...kept} = state
  const described: ImportedToken = {...token, state: kept}
  addFields(described, details)
  if (token.type === 'motp' && kept.userPin !== undefined) described.motpPin = kept.userPin
  return described
}

/** Hash, step, drift and kind have fields of their own; the rest stays tokeninfo. */
function addFields(token: ImportedToken, details: readonly ImportedDetail[]): void {
  const info: Record<string, string> = {}
  const secrets: ImportedDetail[] = []
  for (const detail of details) {
    const {key, value, type} = detail
    if (type === 'password') secrets.push(detail)
    else if (key === 'hashlib' && value !== '') token.hashlib = value.toLowerCase()
    else if (key === 'timeStep' && /^\d{1,9}$/.test(value)) token.timeStep = Number(value)
    else if (key === 'timeShift' && Number.isFinite(Number(value)) && value !== '') token.timeShift = Number(value)
    else if (key === 'tokenkind' && (value === 'hardware' || value === 'software' || value === 'virtual'))
      token.tokenkind = value
    else info[key] = value
  }
  if (Object.keys(info).length > 0) token.info = info
  if (secrets.length > 0) token.details = secrets
}
