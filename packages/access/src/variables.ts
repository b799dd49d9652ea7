import type { StoreDefaults } from '@holdfast/core';
import { z } from 'zod';

const storeDefaultsSchema = z.strictObject({
  s3: z
    .strictObject({
      endpointUrl: z.url().optional(),
      forcePathStyle: z.boolean().optional(),
      region: z.string().optional(),
      secretName: z.string().optional(),
    })
    .optional(),
});

/** `HOLDFAST_STORE_DEFAULTS`: JSON with what specs need not say about stores. */
export const storeDefaultsVariable = z
  .string()
  .default('{}')
  .transform((text, context): StoreDefaults => {
    const parsed = storeDefaultsSchema.safeParse(parseJson(text));
    if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as StoreDefaults; // absent fields are absent, not undefined
    context.addIssue({
      code: 'custom',
      message: 'must be JSON like {"s3":{"endpointUrl":"https://…","secretName":"…"}}',
    });
    return z.NEVER;
  })
  .describe('JSON: what specs need not say about stores.');

/** `HOLDFAST_ALLOWED_ENDPOINTS`: private addresses that specs may name. */
export const allowedEndpointsVariable = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .describe('Private endpoints that specs may name, comma-separated.');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema then says what is expected
  }
}
