import type {Schema} from './database.js'

export type Product = Schema['product']

/** One step of the migrations of an original (spec/01 §2.2). */
interface Revision {
  readonly id: string
  readonly product: Product
  /** The release that brought it, by the name that `schema/releases.ts` uses. */
  readonly version: string
  /** The last one of its release: the others are left only by an interrupted upgrade. */
  readonly head: boolean
  readonly effect: string
  /** What it follows; two for a merge. */
  readonly follows: readonly string[]
}

const step = (version: string, id: string, follows: string | string[], effect: string): Revision =>
  made('privacyidea', version, id, follows, effect, false)
const head = (version: string, id: string, follows: string | string[], effect: string): Revision =>
  made('privacyidea', version, id, follows, effect, true)
const eduStep = (version: string, id: string, follows: string | string[], effect: string): Revision =>
  made('edumfa', version, id, follows, effect, false)
const eduHead = (version: string, id: string, follows: string | string[], effect: string): Revision =>
  made('edumfa', version, id, follows, effect, true)

function made(
  product: Product,
  version: string,
  id: string,
  follows: string | string[],
  effect: string,
  isHead: boolean,
): Revision {
  return {id, product, version, head: isHead, effect, follows: [follows].flat()}
}

/** Every revision from 3.7 on, oldest first. */
export const revisions: readonly Revision[] = [
  head('3.7', 'ef29ba43e290', 'fa07bd604a75', 'machinetoken: machine_id and machineresolver_id may be NULL'),
  step('3.8', '86f40f535d7c', 'ef29ba43e290', 'indexes on datetime columns'),
  step('3.8', '00762b3f7a60', '86f40f535d7c', 'data: WebAuthn algorithms of policies'),
  step('3.8', '89e57ed16379', '00762b3f7a60', 'tables tokengroup and tokentokengroup'),
  step('3.8', 'a28f2733897b', '89e57ed16379', 'sequences of customuserattribute, tokengroup, tokentokengroup'),
  step('3.8', 'fabcf24d9304', '00762b3f7a60', 'token.key_enc of 2800 characters'),
  step('3.8', 'd3c0f0403a84', ['a28f2733897b', 'fabcf24d9304'], 'merge'),
  head('3.8', '006d4747f858', 'd3c0f0403a84', 'pidea_audit.thread_id'),
  step('3.9', '4a0aec37e7cf', '006d4747f858', 'table serviceid'),
  head('3.9', '5cb310101a1f', '4a0aec37e7cf', 'all sequences, where the database has them'),
  step('3.10', 'e3a64b4ca634', '5cb310101a1f', 'table nodename'),
  step('3.10', 'd0e7144947d0', 'e3a64b4ca634', 'resolverrealm.node_uuid'),
  step('3.10', 'db6b2ef8100f', 'd0e7144947d0', 'policy.user_case_insensitive'),
  step('3.10', '5741e5dac477', 'db6b2ef8100f', 'table description'),
  step('3.10', '250931d82e51', '5741e5dac477', 'pidea_audit: authentication, user_agent, user_agent_version'),
  step('3.10', '2100d1fad908', '250931d82e51', 'index on challenge.expiration'),
  head('3.10', '69e7817b9863', '2100d1fad908', 'container tables'),
  head('3.10.2', 'eac770c0bbed', '69e7817b9863', 'tokencontainerrealm without its second unique constraint'),
  step('3.11', '7301d5130c3a', 'eac770c0bbed', 'data: content type of event handler options'),
  step('3.11', 'c128c01a5520', '7301d5130c3a', 'table tokencontainertemplate'),
  head('3.11', '903a6ed6f6c4', 'c128c01a5520', 'table tokencredentialidhash'),
  step('3.12', '5f40baab76ca', '903a6ed6f6c4', 'policycondition.handle_missing_data'),
  step('3.12', '04c078e29924', '5f40baab76ca', 'policy.user_agents'),
  step('3.12', '41ad6c9ada8b', '04c078e29924', 'wider audit columns, policy.action TEXT, realm.option dropped'),
  step('3.12', '52c494a115a9', '41ad6c9ada8b', 'challenge.challenge TEXT'),
  head('3.12', '1c48d4ffb8c3', '52c494a115a9', 'radiusserver.options'),
  step('3.13', '056b6642ff5d', '1c48d4ffb8c3', 'pidea_audit.signature of 1100 characters'),
  step('3.13', 'b637a1eeeeeb', '056b6642ff5d', 'smtpserver: S/MIME'),
  head('3.13', '06b105a4f941', 'b637a1eeeeeb', 'pidea_audit.id BIGINT'),
  head('3.13.1', 'b1a2c3d4e5f6', '06b105a4f941', 'sequence of tokencredentialidhash'),
  step('3.14dev0', 'a1e0ba6ad9dc', 'b1a2c3d4e5f6', 'data: u2f tokens become deprecated'),
  step('3.14dev0', '3cafe2771cdd', 'a1e0ba6ad9dc', 'data: empty rollout_state becomes enrolled'),
  step('3.14dev0', '7d4e9b2c1a3f', '3cafe2771cdd', 'table internaluserattribute'),
  step('3.14dev0', 'c2d3e4f5a6b7', '7d4e9b2c1a3f', 'table metric_aggregate'),
  step('3.14dev0', 'd4f5a6b7c8e9', 'c2d3e4f5a6b7', 'table usersetting'),
  head('3.14dev0', 'a1b2c3d4e5f6', 'd4f5a6b7c8e9', 'challenge.data and secrets of SMS gateways encrypted'),
  step('3.14dev1', 'c3d4e5f6a7b8', 'a1b2c3d4e5f6', 'data: challenges emptied'),
  step('3.14dev1', 'b7c8d9e0f1a2', 'c3d4e5f6a7b8', 'table clients'),
  step('3.14dev1', 'c8d9e0f1a2b3', 'b7c8d9e0f1a2', 'table remembered_devices'),
  head('3.14dev1', 'd9e0f1a2b3c4', 'c8d9e0f1a2b3', 'eventhandler.abort_on_error'),
  eduHead('1.0', '0d011e94a8e8', '5cb310101a1f', 'names of eduMFA'),
  eduHead('2.2', '7d82d8b680a9', '0d011e94a8e8', 'radiusserver.enforce_ma'),
  eduHead('2.5', '414079706620', '7d82d8b680a9', 'mfa_audit.id and challenge.id BIGINT'),
  eduStep('2.9', 'a844dc0c3fb9', '414079706620', 'mfa_audit: user and administrator of 64 characters'),
  eduHead('2.9', '2a74c6522937', 'a844dc0c3fb9', 'mfa_audit: info and action_detail of 128 characters'),
  eduHead('2.9.1', '9cad6f046bd2', '2a74c6522937', 'table jwt_blacklist'),
]

/** Heads of the releases before 3.8, which we refuse by name. */
const older: Readonly<Record<string, string>> = {
  '1a0710df148b': '2.23',
  '849170064430': '3.0',
  '3d7f8b29cbb1': '3.1',
  '0c7123345224': '3.2',
  a7e91b18a460: '3.3',
  '140ba0ca4f07': '3.4',
  d5870fd2f2a4: '3.5',
  fa07bd604a75: '3.6',
  ef29ba43e290: '3.7',
}

const byId = new Map(revisions.map((revision) => [revision.id, revision]))

export function findRevision(id: string): Revision | undefined {
  return byId.get(id)
}

/** The release before 3.8 that a revision belongs to. */
export function olderRelease(id: string): string | undefined {
  return older[id]
}

/** The revision that a release is stamped with. */
export function headOf(product: Product, version: string): string | undefined {
  return revisions.find((revision) => revision.head && revision.product === product && revision.version === version)?.id
}
