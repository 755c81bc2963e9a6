import {connect, type Socket} from 'node:net'

export interface Load {
  host: string
  port: number
  /** Connections, each with one request at a time. */
  connections: number
  /** How long to go on, in milliseconds. */
  durationMs: number
  /** The next request: path and form; undefined: no more. */
  next: () => {path: string; body: string} | undefined
  /** Whether an answer is what it should be. */
  isRight: (text: string) => boolean
}

export interface LoadResult {
  requests: number
  wrong: number
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** Sends requests over plain sockets: cheap enough not to be what is measured. */
export async function load(options: Load): Promise<LoadResult> {
  const times: number[] = []
  let wrong = 0
  const started = performance.now()
  const end = started + options.durationMs
  await Promise.all(
    Array.from({length: options.connections}, async () => {
      const socket = await open(options)
      try {
        while (performance.now() < end) {
          const request = options.next()
          if (!request) return
          const before = performance.now()
          const answer = await send(socket, request)
          times.push(performance.now() - before)
          if (!options.isRight(answer)) wrong += 1
        }
      } finally {
        socket.destroy()
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return {requests: times.length, wrong, perSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99)}
}

function open({host, port}: Load): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.setNoDelay(true)
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

function send(socket: Socket, {path, body}: {path: string; body: string}): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (text.length < head + 4 + length) return
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(text.slice(head + 4))
    }
    const onClose = () => reject(new Error('the connection was closed'))
    socket.on('data', onData)
    socket.once('close', onClose)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  })
}
