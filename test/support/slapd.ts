import {copyFileSync, mkdirSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {join} from 'node:path'
import {runSetup, SupervisedProcess} from './database-server.js'
import {temporaryFolder} from './folders.js'
import {program, type Needed} from './needs.js'
import {freePort} from './ports.js'

/** An OpenLDAP server of our own, in its own folder and on its own ports. */
export interface Slapd {
  readonly port: number
  /** Port of LDAPS; absent without a certificate. */
  readonly tlsPort: number | undefined
  /** `ldap://127.0.0.1:PORT` */
  readonly uri: string
  /** As by a power cut; the data stays. */
  kill(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface SlapdOptions {
  /** File to begin with; sets operational attributes such as entryUUID. */
  ldif: string
  suffix: string
  /** Server certificate and key (PEM files); with them StartTLS and LDAPS are offered. */
  tls?: {certificate: string; key: string}
  /** Whom to give write access, with password. */
  manager?: {dn: string; password: string}
  /** Most entries of one answer; absent: 500, as slapd's own default. */
  sizeLimit?: number | 'unlimited'
}

export const slapdPackage: Needed = program('slapd', 'slapd')

/**
 * Starts slapd with the schemas core, cosine, inetorgperson and nis: `userPassword` is for authentication only,
 * everything else may be read by everyone.
 */
export async function startSlapd({ldif, suffix, tls, manager, sizeLimit = 500}: SlapdOptions): Promise<Slapd> {
  const folder = temporaryFolder('slapd')
  mkdirSync(join(folder, 'data'))
  const lines = [
    ...['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`),
    `pidfile ${join(folder, 'pid')}`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `sizelimit ${sizeLimit}`,
  ]
  if (tls) {
    copyFileSync(tls.certificate, join(folder, 'tls.crt'))
    copyFileSync(tls.key, join(folder, 'tls.key'))
    lines.push(`TLSCertificateFile ${join(folder, 'tls.crt')}`, `TLSCertificateKeyFile ${join(folder, 'tls.key')}`)
  }
  lines.push(
    'database mdb',
    `suffix "${suffix}"`,
    ...(manager ? [`rootdn "${manager.dn}"`, `rootpw ${manager.password}`] : []),
    `directory ${join(folder, 'data')}`,
    // Sparse: only what is used takes room.
    'maxsize 1073741824',
    'dbnosync',
    'index objectClass,uid,entryUUID eq',
    'access to attrs=userPassword by anonymous auth by self write',
    'access to * by * read',
  )
  const config = join(folder, 'slapd.conf')
  writeFileSync(config, `${lines.join('\n')}\n`)
  runSetup('/usr/sbin/slapadd', ['-q', '-f', config, '-l', ldif], undefined, folder)
  const port = await freePort()
  const tlsPort = tls ? await freePort() : undefined
  const urls = [`ldap://127.0.0.1:${port}`, ...(tlsPort === undefined ? [] : [`ldaps://127.0.0.1:${tlsPort}`])]
  const command = ['/usr/sbin/slapd', '-f', config, '-h', urls.join(' '), '-d', '0']
  let server = new SupervisedProcess(folder, 'KILL', command, undefined)
  await server.untilReady(() => reachable(port))
  return {
    port,
    tlsPort,
    uri: `ldap://127.0.0.1:${port}`,
    kill: () => server.end({keepData: true}),
    async restart() {
      server = new SupervisedProcess(folder, 'KILL', command, undefined)
      await server.untilReady(() => reachable(port))
    },
    stop: () => server.end({keepData: false}),
  }
}

/** @throws when nothing listens on the port */
export async function reachable(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
