import {request as httpRequest} from 'node:http'
import {computeValue, type Earlier} from './values.js'
import type {Json, StepRequest} from './transcript.js'

export interface Answer {
  status: number
  contentType: string
  text: string
  /** Parsed, when it is JSON. */
  body: unknown
}

/** Sends the request of a step as it was recorded: same headers, same kind of body, Host `localhost`. */
export async function send(base: string, step: StepRequest, earlier: Earlier): Promise<Answer> {
  const headers: Record<string, string> = {Host: 'localhost', Connection: 'close', ...step.headers}
  const query = step.query ? `?${encode(step.query, earlier)}` : ''
  const path = String(computeValue(step.path, earlier))
  let body: string | undefined
  if (step.form) {
    body = encode(step.form, earlier)
    headers['Content-Type'] = 'application/x-www-form-urlencoded'
  } else if (step.json !== undefined) {
    body = JSON.stringify(computeValue(step.json, earlier))
    headers['Content-Type'] = 'application/json'
  } else if (step.raw) {
    body = step.raw.body
    if (step.raw.content_type !== null) headers['Content-Type'] = step.raw.content_type
  }
  if (body !== undefined) headers['Content-Length'] = String(Buffer.byteLength(body))
  const url = new URL(base)
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: url.hostname,
        port: url.port,
        method: step.method,
        path: path + query,
        headers,
        timeout: 30_000,
        setHost: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const contentType = response.headers['content-type'] ?? ''
          resolve({status: response.statusCode ?? 0, contentType, text, body: parse(text)})
        })
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.on('error', reject)
    sent.end(body)
  })
}

function encode(values: Record<string, Json>, earlier: Earlier): string {
  const computed = Object.entries(values).map(([key, value]): [string, string] => [
    key,
    String(computeValue(value, earlier)),
  ])
  return new URLSearchParams(computed).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
