/** What a program of the originals stands for (spec/03-cli.md §C, §E). */
export interface Program {
  /** Words put before what was typed. */
  words: readonly string[]
  /** False only for our own name, under which old and new spellings are told apart one by one. */
  shim: boolean
  product?: 'privacyidea' | 'edumfa'
  /** A sub-command of the original that has no counterpart, e.g. `expire` of privacyidea-expired-users. */
  dropFirst?: string
  /** Flags that mean something else here than in the command they lead to: from → to. */
  flags?: Readonly<Record<string, string>>
  /** A flag whose value is an argument of ours. */
  toArgument?: readonly string[]
}

const janitor: Program = {shim: true, words: ['token-janitor']}
const cron: Program = {shim: true, words: ['cron']}
const unusedTokens: Program = {shim: true, words: ['token-janitor', 'unused']}
const userCache: Program = {
  dropFirst: 'delete',
  flags: {'-n': '--dry-run', '--noaction': '--dry-run'},
  shim: true,
  words: ['usercache', 'cleanup'],
}
const expiredUsers: Program = {
  dropFirst: 'expire',
  flags: {
    '--attribute_name': '--attribute-name',
    '--noaction': '--dry-run',
    '-a': '--attribute-name',
    '-d': '--delete-serial',
    '-n': '--dry-run',
    '-r': '--realm',
    '-u': '--unassign-serial',
  },
  shim: true,
  words: ['user', 'expire'],
}
const getSerial: Program = {
  dropFirst: 'byotp',
  flags: {'-a': '--assigned', '-s': '--serial', '-t': '--type', '-u': '--unassigned', '-w': '--window'},
  shim: true,
  toArgument: ['-o', '--otp'],
  words: ['token', 'find-by-otp'],
}
const passwdLine: Program = {
  flags: {'-d': '--description', '-i': '--uid', '-p': '--password', '-u': '--user'},
  shim: true,
  words: ['user', 'passwd-line'],
}
const counters = (verb: string): Program => ({
  flags: {'-c': '--config', '-i': '--increase-only'},
  shim: true,
  words: ['token', 'counters', verb],
})

/** The installed names; each is a file of two lines in `bin/`. */
export const programs: Readonly<Record<string, Program>> = {
  'pi-manage': {shim: false, words: []},
  'edumfa-manage': {product: 'edumfa', shim: true, words: []},
  'privacyidea-token-janitor': janitor,
  'pi-tokenjanitor': janitor,
  'edumfa-token-janitor': {...janitor, product: 'edumfa'},
  'privacyidea-cron': cron,
  'edumfa-cron': {...cron, product: 'edumfa'},
  'privacyidea-get-unused-tokens': unusedTokens,
  'edumfa-get-unused-tokens': {...unusedTokens, product: 'edumfa'},
  'privacyidea-usercache-cleanup': userCache,
  'edumfa-usercache-cleanup': {...userCache, product: 'edumfa'},
  'privacyidea-expired-users': expiredUsers,
  'edumfa-expired-users': {...expiredUsers, product: 'edumfa'},
  'privacyidea-get-serial': getSerial,
  'edumfa-get-serial': {...getSerial, product: 'edumfa'},
  'privacyidea-create-pwidresolver-user': passwdLine,
  'privacyidea-create-sqlidresolver-user': {...passwdLine, words: [...passwdLine.words, '--format', 'sql']},
  'ssha.py': {shim: true, words: ['user', 'passwd-line', '--format', 'ssha']},
  'privacyidea-migrate-linotp.py': {
    flags: {'-c': '--config', '-g': '--generate-example'},
    shim: true,
    words: ['migrate', 'linotp'],
  },
  'privacyidea-export-linotp-counter.py': {
    flags: {'-c': '--config'},
    shim: true,
    words: ['migrate', 'linotp-counters'],
  },
  'privacyidea-export-privacyidea-counter.py': counters('export'),
  'privacyidea-update-counter.py': counters('update'),
  'privacyidea-update-linotp-counter.py': {shim: true, words: ['migrate', 'linotp-counters']},
}
