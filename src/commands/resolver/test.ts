import {Args, Flags} from '@oclif/core'
import {AppCommand} from '../../cli/app-command.js'
import {exitCodes} from '../../cli/exit-codes.js'
import {password} from '../../cli/flags/secret.js'
import {resolverSettings, settingsOf} from '../../cli/flags/resolver-settings.js'
import {readInputText} from '../../cli/input-text.js'
import {readPassword} from '../../cli/secret-input.js'
import {PiError} from '../../lib/errors.js'
import type {ResolverTest as TestResult} from '../../lib/resolvers/contract.js'

interface TestDocument extends TestResult {
  /** What was found of the user asked for. */
  user?: {login: string; userId: string; passwordOk?: boolean} | null
}

export default class ResolverTest extends AppCommand<typeof ResolverTest> {
  static override summary = 'Try whether a user store answers.'
  static override description = `Connects, counts users, and on request looks one up and checks a password. A definition that is not stored yet is tried with
--type; settings given go before stored ones. Ends with 6 when the store does not answer, with 1 when the user is not
there or the password is wrong. Nothing is changed.`
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> ldap1', description: 'Does it answer?'},
    {
      command: '<%= config.bin %> <%= command.id %> ldap1 --login alice --password-stdin < pw',
      description: 'With a user and a password',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --type ldapresolver -f ldap1.yaml',
      description: 'Before it is created',
    },
  ]
  static override args = {name: Args.string({description: 'name of a stored resolver', ignoreStdin: true})}
  static override flags = {
    set: resolverSettings.set,
    'secret-file': resolverSettings['secret-file'],
    ...password,
    file: Flags.string({char: 'f', description: 'file with settings, - for standard input', helpValue: 'FILE'}),
    login: Flags.string({char: 'l', description: 'user to look up', helpValue: 'LOGIN'}),
    'check-password': Flags.boolean({
      dependsOn: ['login'],
      description: 'ask for the password of the user, and check it',
    }),
    type: Flags.string({description: 'type of a resolver that is not stored', helpValue: 'TYPE'}),
  }

  async run(): Promise<TestDocument> {
    const {args, flags} = this
    if (args.name === undefined && flags.type === undefined) {
      throw new PiError('USAGE', 'Name a stored resolver, or give --type and its settings.')
    }
    const {settingsFromFile} = await import('../../lib/services/resolvers/file.js')
    const fromFile = flags.file === undefined ? {} : await settingsFromFile(await readInputText(flags.file))
    const asks =
      flags['check-password'] || flags['password-file'] || flags['password-stdin'] || flags['password-fd'] !== undefined
    const secret =
      flags.login !== undefined && asks ? await readPassword(flags, `Password of ${flags.login}`) : undefined
    let user: TestDocument['user']
    const result = await this.withApp(async (app) => {
      const resolvers = await app.resolvers()
      const stored = args.name === undefined ? undefined : await resolvers.get(args.name, {secrets: 'clear'})
      const type = stored?.type ?? flags.type!
      const settings = {
        ...stored?.settings,
        ...fromFile,
        ...settingsOf(flags, (key) => resolvers.isSecret(type, key)),
      }
      return resolvers.tryOut({type, settings}, async (resolver) => {
        if (flags.login === undefined) return
        const found = await resolver.findUser(flags.login)
        const passwordOk =
          found && secret !== undefined ? await resolver.checkPassword(found.userId, secret) : undefined
        user = found ? {...found, ...(passwordOk !== undefined && {passwordOk})} : null
      })
    })
    if (result.ok) this.log(result.message)
    else process.stderr.write(`Error: ${result.message}\n`)
    if (user) this.log(`Found ${user.login} with the id ${user.userId}.`)
    if (user === null) this.log(`There is no user ${flags.login}.`)
    if (user?.passwordOk !== undefined) this.log(user.passwordOk ? 'The password is right.' : 'The password is wrong.')
    if (!result.ok) process.exitCode = exitCodes.UNAVAILABLE
    else if (user === null || user?.passwordOk === false) process.exitCode = exitCodes.NOT_FOUND
    return {...result, ...(user !== undefined && {user})}
  }
}
