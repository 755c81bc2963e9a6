import type {Database, Row} from '../../db/database.js'
import {documentOf, policyOf, type PolicyDocument} from '../../config-objects/kinds/policy.js'
import {erased, type ConfigKind} from '../../config-objects/contract.js'
import {readExport} from '../../config-objects/exchange/read.js'
import {findConfigKind} from '../../config-objects/registry.js'
import {alreadyExists, notFound, PiError} from '../../errors.js'
import {isAllowed} from '../../policy/allowed.js'
import {explainPolicy, type PolicyExplanation} from '../../policy/explain.js'
import {actionValues, type ActionValues} from '../../policy/values.js'
import {PolicySet} from '../../policy/policy-set.js'
import {policyScopes, isPolicyScope} from '../../policy/actions/registry.js'
import type {Variant} from '../../policy/actions/contract.js'
import type {PolicyRequest} from '../../policy/request.js'
import {lintPolicies} from '../../policy/lint/lint.js'
import type {Finding} from '../../policy/lint/contract.js'
import {PolicyRepository} from '../../store/policies.js'
import {parseList} from '../../policy/encoding.js'
import type {Policy} from '../../types/policy.js'
import type {ConfigObjectService} from '../config-objects.js'
import {lintSurroundings, type PlannedNames} from './surroundings.js'

/** What a request gets of the policies, with the way there. */
export interface Explained {
  /** How the server asks for this action. */
  variant: Variant
  policies: PolicyExplanation[]
  /** Names of the policies that match, most important first. */
  matching: string[]
  values: {value: string; policies: readonly string[]}[]
  /** The error that the request would end with. */
  error?: string
  /** Scopes admin and user: whether the action is allowed. */
  allowed?: boolean
}

/** Reads and changes policies, explains and checks them. */
export class PolicyService {
  readonly #db: Database
  readonly #objects: ConfigObjectService

  constructor(db: Database, objects: ConfigObjectService) {
    this.#db = db
    this.#objects = objects
  }

  /** All policies, most important first, with their documents. */
  async list(): Promise<{name: string; document: PolicyDocument}[]> {
    const found = await this.#kind.list(this.#db)
    return [...found].map(([name, document]) => ({document, name}))
  }

  /** @throws PiError NOT_FOUND */
  async get(name: string): Promise<PolicyDocument> {
    const found = await new PolicyRepository(this.#db).find(name)
    if (!found) throw notFound('policy', name, 'pi-manage policy list')
    return documentOf(found)
  }

  /**
   * Creates a policy, or replaces one with `update`; checked by the rules of severity error first.
   * @throws PiError ALREADY_EXISTS, INVALID_INPUT (a rule is broken; `force` writes it all the same)
   */
  async save(
    name: string,
    document: PolicyDocument,
    {dryRun = false, force = false, update = false} = {},
  ): Promise<{findings: Finding[]; changed: boolean}> {
    const stored = await new PolicyRepository(this.#db).find(name)
    if (stored && !update) throw alreadyExists('policy', name, 'Change it with pi-manage policy edit')
    const findings = (await this.lint([{...policyOf(name, document), id: stored?.id ?? 0}])).filter(
      (finding) => finding.policy === name,
    )
    const errors = findings.filter(({severity}) => severity === 'error')
    if (errors.length > 0 && !force) {
      throw new PiError('INVALID_INPUT', `The policy '${name}' breaks ${errors[0]!.rule}: ${errors[0]!.message}`, {
        hints: ['Write it all the same with --force'],
      })
    }
    const changes = await this.#objects.plan(new Map([[erased(this.#kind), new Map([[name, document]])]]))
    if (!dryRun) await this.#objects.apply(changes)
    return {changed: changes.length > 0, findings}
  }

  /** Fills in what a document leaves out. @throws PiError INVALID_INPUT naming the field */
  async validated(name: string, document: unknown): Promise<PolicyDocument> {
    return (await this.#objects.validate(erased(this.#kind), name, document)) as PolicyDocument
  }

  /** The policies of an export or a bare list, as they would be after its import; ids follow their order. */
  async fromExport(text: string): Promise<Policy[]> {
    const tree = await this.#objects.parseOriginal(await readExport(text, {assume: 'policy'}), {kinds: ['policy']})
    const documents = tree.get(erased(this.#kind)) ?? tree.values().next().value ?? new Map<string, object>()
    return [...documents].map(([name, document], index) => ({
      ...policyOf(name, document as PolicyDocument),
      id: index + 1,
    }))
  }

  /** Switches a policy on or off and changes nothing else of it. @throws PiError NOT_FOUND */
  async setActive(name: string, active: boolean): Promise<{id: number; changed: boolean}> {
    return this.#db.transaction(async (tx) => {
      const policies = new PolicyRepository(tx)
      const stored = await policies.find(name)
      if (!stored) throw notFound('policy', name, 'pi-manage policy list')
      const {id} = stored
      if (stored.active === active) return {changed: false, id}
      await policies.setActive(id, active)
      await tx.bumpTimestamp()
      return {changed: true, id}
    })
  }

  /** @returns the id that it had. @throws PiError NOT_FOUND */
  async delete(name: string): Promise<number> {
    return this.#db.transaction(async (tx) => {
      const policies = new PolicyRepository(tx)
      const stored = await policies.find(name)
      if (!stored) throw notFound('policy', name, 'pi-manage policy list')
      await policies.delete(stored.id)
      await tx.bumpTimestamp()
      return stored.id
    })
  }

  /** Applies the lint rules to the stored policies, or to those given instead of stored ones of the same name. */
  async lint(
    given: readonly Policy[] = [],
    {only = false, planned}: {only?: boolean; planned?: PlannedNames | undefined} = {},
  ): Promise<Finding[]> {
    const names = new Set(given.map(({name}) => name))
    const stored = only ? [] : (await new PolicyRepository(this.#db).all()).filter(({name}) => !names.has(name))
    return lintPolicies([...stored, ...given], await lintSurroundings(this.#db, planned))
  }

  /**
   * What the rules say of documents that are to be written, in the surroundings of those stored.
   * @param planned what else will be there
   */
  async lintDocuments(
    documents: readonly {name: string; document: PolicyDocument}[],
    planned?: PlannedNames,
  ): Promise<Finding[]> {
    const names = new Set(documents.map(({name}) => name))
    const given = documents.map(({document, name}) => ({...policyOf(name, document), id: 0}))
    return (await this.lint(given, {planned})).filter(({policy}) => names.has(policy))
  }

  /**
   * Tells for every policy why it matches a request or not, and what the action results in. Criteria that the server
   * does not check for this action are left out of the request, as it does.
   * @param given policies to ask instead of the stored ones
   */
  async explain(
    request: PolicyRequest,
    {asIs = false, given}: {given?: readonly Policy[] | undefined; asIs?: boolean} = {},
  ): Promise<Explained> {
    const policies = given ?? (await new PolicyRepository(this.#db).all())
    const surroundings = {resolversOfRealm: await this.#resolversOfRealm()}
    const declared = isPolicyScope(request.scope)
      ? policyScopes[request.scope].actions.get(request.action ?? '')
      : undefined
    const variant = declared?.variant ?? 'user'
    const asked = asIs ? request : narrowed(request, variant)
    const explanations: PolicyExplanation[] = []
    for (const policy of policies) explanations.push(await explainPolicy(policy, asked, surroundings))
    const set = new PolicySet(policies, surroundings)
    const result: Explained = {matching: [], policies: explanations, values: [], variant}
    try {
      const matched = await set.match(asked)
      result.matching = matched.map(({name}) => name)
      if (['admin', 'user'].includes(request.scope)) result.allowed = await isAllowed(set, asked)
      if (request.action !== undefined) {
        const options = {unique: declared?.reading === 'unique', whiteSpace: declared?.whiteSpace ?? true}
        result.values = listed(actionValues(matched, request.action, options))
      }
    } catch (error) {
      if (!(error instanceof PiError)) throw error
      result.error = error.message
    }
    return result
  }

  async #resolversOfRealm(): Promise<(realm: string) => string[]> {
    const rows = await this.#db
      .k<Row>('resolverrealm')
      .join('realm', 'realm.id', 'resolverrealm.realm_id')
      .join('resolver', 'resolver.id', 'resolverrealm.resolver_id')
      .select('realm.name as realm', 'resolver.name as resolver', 'priority')
    rows.sort((a, b) => Number(a['priority'] ?? 1000) - Number(b['priority'] ?? 1000))
    return (realm) => rows.filter((row) => row['realm'] === realm).map((row) => String(row['resolver']))
  }

  get #kind(): ConfigKind<PolicyDocument> {
    return findConfigKind('policy') as unknown as ConfigKind<PolicyDocument>
  }
}

/** A request with only the criteria that the server gives for this kind of action (spec/07 §6.3). */
function narrowed(request: PolicyRequest, variant: Variant): PolicyRequest {
  if (variant === 'action_only' || variant === 'no_user') {
    const {additionalRealms: _a, login: _l, realm: _r, resolver: _s, ...rest} = request
    return rest
  }
  if (variant === 'realm') {
    const {login: _l, resolver: _s, ...rest} = request
    return rest
  }
  return request
}

function listed(values: ActionValues): Explained['values'] {
  return [...values].map(([value, policies]) => ({policies, value}))
}

/** Reads `name=value` and `name`, as the action column holds them. */
export function actionsFrom(texts: readonly string[]): Record<string, string | true> {
  const found: Record<string, string | true> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 0) found[text.trim()] = true
    else found[text.slice(0, at).trim()] = text.slice(at + 1)
  }
  return found
}

/** Splits `a, b` and keeps lists given apart. */
export function listFrom(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.flatMap((text) => parseList(text))
}
