import {Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {PiError} from '../../lib/errors.js'
import type {ApiToken} from '../../lib/services/api-tokens.js'

export default class ApiCreateToken extends AppCommand<typeof ApiCreateToken> {
  static override summary = 'Issue a key for the HTTP API.'
  static override description =
    'Prints a web token signed with SECRET_KEY. Role admin acts for the administrator of that name, who should exist; ' +
    'role validate is for /validate/check where the policy api_key_required demands a key. It is stored nowhere: it ends ' +
    'with its last day, or when SECRET_KEY is changed.'
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --role validate --days 365 --username radius',
      description: 'For a RADIUS server that checks logins',
    },
    {
      command: '<%= config.bin %> <%= command.id %> -r admin -u alice --json | jq -r .token',
      description: 'Only the token',
    },
  ]
  static override flags = {
    days: Flags.integer({char: 'd', default: 365, description: 'days until it expires', min: 1}),
    force: Flags.boolean({char: 'f', description: 'also for an administrator who does not exist, without a warning'}),
    realm: Flags.string({char: 'R', default: 'API', description: 'realm in the token'}),
    role: Flags.option({
      char: 'r',
      default: 'admin' as const,
      description: 'what it may be used for',
      options: ['admin', 'validate'] as const,
    })(),
    username: Flags.string({
      char: 'u',
      description: 'user name in the token (default: a random one)',
      helpValue: 'NAME',
    }),
  }

  async run(): Promise<ApiToken> {
    const {days, realm, role, username} = this.flags
    const token = await this.withApp(async (app) => {
      const {createApiToken} = await import('../../lib/services/api-tokens.js')
      const settings = await app.settings()
      if (role === 'admin' && !this.flags.force) {
        await this.#checkAdmin(username, settings.product === 'edumfa', async (name) =>
          (await app.admins()).exists(name),
        )
      }
      return createApiToken(settings, {days, realm, role, username})
    })
    this.log(`Username:   ${token.username}`)
    this.log(`Realm:      ${token.realm}`)
    this.log(`Role:       ${token.role}`)
    this.log(`Validity:   ${token.days} days`)
    this.log(`Auth-Token: ${token.token}`)
    return token
  }

  /** eduMFA refuses a token for nobody; elsewhere it is said. A database that is not there does not stand in the way. */
  async #checkAdmin(
    username: string | undefined,
    refuse: boolean,
    exists: (username: string) => Promise<boolean>,
  ): Promise<void> {
    const name = username ?? 'a random name'
    let found = false
    if (username !== undefined) {
      try {
        found = await exists(username)
      } catch (error) {
        if (refuse || !(error instanceof PiError)) throw error
        this.notice(`Whether there is an administrator ${username} is not known: ${error.message}`)
        return
      }
    }
    if (found) return
    if (refuse) {
      throw new PiError('NOT_FOUND', `There is no administrator of that name (${name}).`, {
        hints: ['Name one with --username, or add --force'],
      })
    }
    this.notice(`There is no administrator of that name (${name}); the server may refuse what the token is used for.`)
  }
}
