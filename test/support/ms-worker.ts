import {readFileSync} from 'node:fs'
import {
  Server,
  ServerCredentials,
  loadPackageDefinition,
  status,
  type GrpcObject,
  type ServiceClientConstructor,
} from '@grpc/grpc-js'
import {loadSync} from '@grpc/proto-loader'
import {join} from 'node:path'
import {projectRoot} from './folders.js'

/** What the worker was asked, by name of the call. */
export interface WorkerCall {
  name: string
  request: Record<string, unknown>
}

/** A worker of a Microsoft CA whose answers a test sets. */
export interface MsWorker {
  readonly port: number
  readonly calls: WorkerCall[]
  /** Answers by name of the call; others are not implemented. */
  answers: Record<string, (request: Record<string, unknown>) => object>
  stop(): Promise<void>
}

/** @param tls files for mutual TLS */
export async function startMsWorker(tls?: {ca: string; certificate: string; key: string}): Promise<MsWorker> {
  const definition = loadSync(join(projectRoot, 'proto/ca-service.proto'), {keepCase: true, defaults: true})
  const {service} = (loadPackageDefinition(definition) as GrpcObject)['CAService'] as ServiceClientConstructor
  const server = new Server()
  const worker: MsWorker = {
    port: 0,
    calls: [],
    answers: {},
    stop: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
  }
  const handler =
    (name: string) =>
    (call: {request: Record<string, unknown>}, done: (error: object | null, reply?: object) => void) => {
      worker.calls.push({name, request: call.request})
      const answer = worker.answers[name]
      if (answer) done(null, answer(call.request))
      else done({code: status.UNIMPLEMENTED, details: 'unknown method'})
    }
  server.addService(service, Object.fromEntries(Object.keys(service).map((name) => [name, handler(name)])))
  const credentials = tls
    ? ServerCredentials.createSsl(
        readFileSync(tls.ca),
        [{cert_chain: readFileSync(tls.certificate), private_key: readFileSync(tls.key)}],
        true,
      )
    : ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  )
  return Object.assign(worker, {port})
}
