import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import express from 'express'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../../support/server.js'
import { GADGETS, gadget, type Served, serveApi } from './served.js'

const executablePath = '/usr/bin/chromium'
const there = existsSync(executablePath)
if (!there && process.env.CI !== 'true') console.log(`skipped: no Chromium at ${executablePath}`)

describe.skipIf(!there && process.env.CI !== 'true')('a page in Chromium', () => {
  let served: Served
  let elsewhere: Served
  let browser: Browser

  const withPage = () =>
    serveApi((api) => {
      const app = express()
      app.use(api)
      app.get('/', (_req, res) => res.type('html').send('<!doctype html><title>console</title>'))
      return createServer(app).on('upgrade', api.upgrade)
    })

  beforeAll(async () => {
    ;[served, elsewhere, browser] = await Promise.all([
      withPage(),
      withPage(),
      chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] }),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([served?.close(), elsewhere?.close()])
  })

  it('watches by websocket and sees a create and a delete', async () => {
    const page = await browser.newPage()
    await page.goto(served.url)
    await page.evaluate(
      (url) => {
        const seen: string[] = []
        Object.assign(globalThis, { seen })
        const ws = new WebSocket(url, ['base64.binary.k8s.io'])
        ws.onopen = () => seen.push(`open ${ws.protocol}`)
        ws.onmessage = ({ data }) => {
          const { type, object } = JSON.parse(data as string) as {
            type: string
            object: { metadata: { name: string } }
          }
          seen.push(`${type} ${object.metadata.name}`)
        }
        ws.onclose = ({ code, wasClean }) => seen.push(`close ${code} ${wasClean}`)
      },
      `${served.url.replace('http', 'ws')}${GADGETS}?watch=true&timeoutSeconds=6`,
    )
    const seen = (count: number) =>
      page.waitForFunction((n) => (globalThis as unknown as { seen: string[] }).seen.length >= n, count)
    await seen(1)
    await served.create(GADGETS, gadget('seen-in-browser'))
    await seen(2)
    await send(`${served.url}${GADGETS}/seen-in-browser`, { method: 'DELETE' })
    await seen(4)
    expect(await page.evaluate('seen')).toEqual([
      'open base64.binary.k8s.io',
      'ADDED seen-in-browser',
      'DELETED seen-in-browser',
      'close 1000 true',
    ])
  })

  it('of another origin is refused', async () => {
    const page = await browser.newPage()
    await page.goto(elsewhere.url)
    const outcome = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const ws = new WebSocket(url)
          ws.onopen = () => resolve('open')
          ws.onerror = () => resolve('error')
        }),
      `${served.url.replace('http', 'ws')}${GADGETS}?watch=true`,
    )
    expect(outcome).toBe('error')
  })
})
