interface InProcessResult {
  status: number
  stdout: string
  stderr: string
}

/** Runs a command inside this process, which saves the start of a program: for many calls of one command. */
export async function runInProcess(
  run: () => Promise<unknown>,
  {env = {}, now}: {env?: Record<string, string>; now?: number} = {},
): Promise<InProcessResult> {
  const result: InProcessResult = {status: 0, stdout: '', stderr: ''}
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]))
  const [out, err, clock, exitCode] = [process.stdout.write, process.stderr.write, Date.now, process.exitCode]
  const into = (name: 'stderr' | 'stdout') =>
    ((chunk: Uint8Array | string) => {
      result[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      return true
    }) as typeof process.stdout.write
  Object.assign(process.env, env)
  process.exitCode = 0
  process.stdout.write = into('stdout')
  process.stderr.write = into('stderr')
  if (now !== undefined) Date.now = () => now
  try {
    await run()
    result.status = Number(process.exitCode)
  } finally {
    process.stdout.write = out
    process.stderr.write = err
    Date.now = clock
    process.exitCode = exitCode
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  return result
}
