import {Flags} from '@oclif/core'
import type {App} from '../../app.js'
import {AppCommand} from '../../cli/app-command.js'
import {policyRequest, requestFrom} from '../../cli/flags/policy-request.js'
import {readInputText} from '../../cli/input-text.js'
import type {ConditionContext} from '../../lib/policy/conditions/contract.js'
import type {Explained} from '../../lib/services/policies/index.js'

export default class PolicyExplain extends AppCommand<typeof PolicyExplain> {
  static override summary = 'Tell which policies a request meets, and why.'
  static override description = `Every policy with the criterion that stops it (or all of them with --all), then the value that the action gets. Criteria
the server does not look at for this action are marked "not checked". With --file a set of policies that is not applied yet
is asked instead of the stored one.`
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> -a otppin -u hans --realm sales --client 10.1.1.1',
      description: 'Why has hans this PIN rule?',
    },
    {
      command: '<%= config.bin %> <%= command.id %> -s admin -a delete --admin-user root --admin-realm super --all',
      description: 'May root delete tokens? With every criterion',
    },
  ]
  static override flags = {
    ...policyRequest,
    all: Flags.boolean({description: 'show every criterion of every policy'}),
    file: Flags.string({
      char: 'f',
      description: 'ask the policies of this export instead of the stored ones',
      helpValue: 'FILE',
    }),
    'as-is': Flags.boolean({description: 'check every criterion given, also those the server skips for this action'}),
  }

  async run(): Promise<Explained> {
    const {flags} = this
    const explained = await this.withApp(async (app) => {
      const policies = await app.policies()
      const context = await contextOf(app, flags)
      const settings = await app.settings()
      const node = flags.node ?? settings.text('PI_NODE') ?? settings.text('PI_AUDIT_SERVERNAME') ?? 'localnode'
      const resolver = flags.resolver ?? (await resolverOf(app, flags))
      const given = flags.file === undefined ? undefined : await policies.fromExport(await readInputText(flags.file))
      return policies.explain(requestFrom({...flags, node, resolver}, context), {asIs: flags['as-is'], given})
    })
    for (const policy of explained.policies) {
      this.log(`${policy.matches ? 'MATCH' : '  -  '} ${policy.name} (priority ${policy.priority})`)
      const stages = flags.all ? policy.stages : policy.firstFailure ? [policy.firstFailure] : []
      for (const {reason, stage, verdict} of stages) this.log(`        ${stage} ${verdict}: ${reason}`)
    }
    this.log('')
    if (explained.error) this.log(`Error: ${explained.error}`)
    if (explained.allowed !== undefined)
      this.log(
        `Allowed: ${explained.allowed ? 'yes' : 'no'}${explained.matching.length === 0 && explained.allowed ? ' (no active policy in this scope)' : ''}`,
      )
    for (const {policies, value} of explained.values) this.log(`Value: ${value} (from ${policies.join(', ')})`)
    if (explained.matching.length === 0 && explained.allowed === undefined) this.log('No policy matches.')
    return explained
  }
}

/** The user's resolver, looked up as a login would. */
async function resolverOf(
  app: App,
  {realm, user}: {realm?: string | undefined; user?: string | undefined},
): Promise<string | undefined> {
  if (user === undefined || user === '' || realm === undefined) return user === undefined ? undefined : ''
  const found = await (await app.users()).findUser(user, realm)
  return found?.resolver ?? ''
}

/** What conditions may look at: the user's attributes and the token, when they are named. */
async function contextOf(
  app: App,
  {realm, serial, user}: {realm?: string | undefined; serial?: string | undefined; user?: string | undefined},
): Promise<ConditionContext> {
  const {tokenContext} = await import('../../lib/services/policies/token-context.js')
  return {
    ...(user !== undefined && {
      userInfo: async () => {
        const users = await app.users()
        const found = await users.findUser(user, realm)
        return found ? users.userInfo(found) : {}
      },
    }),
    ...(serial !== undefined && {token: await tokenContext(await app.database(), serial)}),
  }
}
