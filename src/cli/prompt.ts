import inquirer from 'inquirer'
import {PiError} from '../lib/errors.js'
import {readLine} from './read-line.js'

/** Prompts go to stderr, so that stdout carries results only. */
const terminal = {output: process.stderr}

/**
 * Asks for a password without showing it; `twice` asks for it again, for a new one.
 * @throws PiError USAGE when nobody can be asked, REFUSED when the two differ
 */
export async function askPassword(what: string, {twice = false} = {}): Promise<string> {
  if (!process.stdin.isTTY && (twice || process.env['PI_MANAGE_SHIM'] === '1')) return pipedPassword(what, twice)
  requireTerminal(what)
  const ask = inquirer.createPromptModule(terminal)
  const {password} = await ask<{password: string}>([{mask: false, message: what, name: 'password', type: 'password'}])
  if (twice) {
    const {again} = await ask<{again: string}>([
      {mask: false, message: `${what} (again)`, name: 'again', type: 'password'},
    ])
    if (again !== password) throw new PiError('REFUSED', 'The two passwords differ.')
  }
  return password
}

/**
 * The originals' prompt reads lines of the standard input when there is no terminal, and scripts feed it. Of a single
 * line only an old program name believes that it was meant; a new password has to be there twice.
 */
function pipedPassword(what: string, twice: boolean): string {
  const password = readLine()
  if (password === undefined) {
    throw new PiError('USAGE', `${what}: there is neither a terminal to ask on nor a line on the standard input.`, {
      hints: ['Give it in a file, e.g. --password-file FILE'],
    })
  }
  if (twice && readLine() !== password) throw new PiError('REFUSED', 'The two passwords differ.')
  return password
}

/** Asks a yes/no question; the default is no. */
export async function askConfirmation(question: string): Promise<boolean> {
  requireTerminal(question)
  const ask = inquirer.createPromptModule(terminal)
  const {answer} = await ask<{answer: boolean}>([{default: false, message: question, name: 'answer', type: 'confirm'}])
  return answer
}

/** Asks for a line of text. */
export async function askText(question: string): Promise<string> {
  requireTerminal(question)
  const ask = inquirer.createPromptModule(terminal)
  const {answer} = await ask<{answer: string}>([{message: question, name: 'answer', type: 'input'}])
  return answer.trim()
}

function requireTerminal(what: string): void {
  if (process.stdin.isTTY) return
  throw new PiError('USAGE', `${what}: there is no terminal to ask on.`, {
    hints: ['Give it in a file, e.g. --password-file FILE'],
  })
}
