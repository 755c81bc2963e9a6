import {execFile} from 'node:child_process'
import {createSocket} from 'node:dgram'
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {SupervisedProcess} from './database-server.js'
import {temporaryFolder} from './folders.js'
import {program, type Needed} from './needs.js'

/** A FreeRADIUS server of our own that asks `/validate/radiuscheck` of a listener about every login. */
export interface FreeRadius {
  readonly port: number
  readonly secret: string
  /** What `radclient` says: the name of the answer, e.g. `Access-Accept`. */
  login(user: string, password: string): Promise<string>
  stop(): Promise<void>
}

export const freeradiusPackages: readonly Needed[] = [
  program('freeradius', 'freeradius'),
  program('radclient', 'freeradius-utils'),
  {package: 'freeradius-rest', present: existsSync('/usr/lib/freeradius/rlm_rest.so')},
]

/** @param listener URL of a running `validate serve` */
export async function startFreeRadius(listener: string): Promise<FreeRadius> {
  const folder = temporaryFolder('radius')
  const port = await freeUdpPort()
  const secret = 'testing123'
  mkdirSync(join(folder, 'run'))
  // Percent-encoded twice: the listener decodes form values once more, as the original does.
  const body = 'user=%{urlquote:%{urlquote:%{User-Name}}}&pass=%{urlquote:%{urlquote:%{User-Password}}}'
  writeFileSync(
    join(folder, 'radiusd.conf'),
    `
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = ${folder}
run_dir = ${join(folder, 'run')}
logdir = ${folder}
log {
  destination = files
  file = ${join(folder, 'radius.log')}
}
max_requests = 1024
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = 2
  max_servers = 8
}
client localhost {
  ipaddr = 127.0.0.1
  secret = ${secret}
  require_message_authenticator = no
}
instantiate {
  expr
}
modules {
  expr {
  }
  rest {
    connect_uri = "${listener}"
    connect_timeout = 4.0
    authenticate {
      uri = "\${..connect_uri}/validate/radiuscheck"
      method = 'post'
      body = 'post'
      data = "${body}"
      timeout = 20.0
    }
    pool {
      start = 0
      min = 0
      max = 8
    }
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    update control {
      &Auth-Type := rest
    }
  }
  authenticate {
    Auth-Type rest {
      rest
    }
  }
}
`,
  )
  const server = new SupervisedProcess(
    folder,
    'KILL',
    ['/usr/sbin/freeradius', '-d', folder, '-f', '-n', 'radiusd'],
    undefined,
  )
  const ask = async (kind: string, attributes: string): Promise<string> => {
    const args = ['-r', '1', '-t', '20', `127.0.0.1:${port}`, kind, secret]
    return new Promise((resolve) => {
      const child = execFile('radclient', args, (_error, stdout, stderr) => {
        resolve(/Received (\S+)/.exec(stdout)?.[1] ?? `no answer: ${stdout}${stderr}`)
      })
      child.stdin?.end(attributes)
    })
  }
  await server.untilReady(async () => {
    const answer = await ask('status', 'Message-Authenticator = 0x00')
    if (!answer.startsWith('Access-')) throw new Error(answer)
  })
  return {
    port,
    secret,
    login: (user, password) => ask('auth', `User-Name = "${quoted(user)}"\nUser-Password = "${quoted(password)}"\n`),
    stop: () => server.end({keepData: false}),
  }
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const {port} = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}
