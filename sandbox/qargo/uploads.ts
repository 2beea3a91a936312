/** Imports are asynchronous (apis 2.7): an upload walks through its states, the effect comes at the end. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { followImport } from './after-import.ts';
import type { Upload, UploadStatus } from './model.ts';
import type { OrderBody } from './order-body.ts';
import { upsert } from './orders.ts';
import type { Twin } from './twin.ts';

/** 0.8 s from TODO to the end, divided by the pace (assumed). */
const STEP_MS = 200;
const SLOW_STEP_MS = 30_000;
const REVIEW_MS = 600_000;
const NEXT: Partial<Record<UploadStatus, UploadStatus>> = {
  TODO: 'IN_PROGRESS',
  IN_PROGRESS: 'READY_TO_UPSERT',
  READY_TO_UPSERT: 'UPSERT_IN_PROGRESS',
};

export class Uploads {
  readonly #twin: Twin;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(twin: Twin) {
    this.#twin = twin;
    for (const upload of Object.values(twin.state.uploads)) if (upload.body !== null) this.#later(upload);
  }

  /** Uploads not ended. */
  get pending(): number {
    return Object.values(this.#twin.state.uploads).filter((upload) => upload.body !== null).length;
  }

  start(organisation: string, body: OrderBody): Upload {
    const known = this.#twin.orderByIdentifier(organisation, body.order_identifier);
    const upload: Upload = {
      id: randomUUID(),
      organisation,
      body,
      status: 'TODO',
      orderId: body.operation === 'CREATE' ? null : (known?.id ?? null),
      why: null,
      at: Date.now(),
    };
    this.#twin.state.uploads[upload.id] = upload;
    this.#twin.touch();
    this.#later(upload);
    return upload;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(upload: Upload): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#twin.state.uploads[upload.id] !== upload || upload.body === null) return; // a reset or a review came between
      const next = NEXT[upload.status];
      if (next === undefined) {
        this.#end(upload);
        return;
      }
      upload.status = next;
      this.#later(upload);
    }, this.#stepMs(upload) / this.#twin.options.pace);
    this.#timers.add(timer);
  }

  /** Flip 59a: two minutes in all; flip 59d: the third state stands until a person looks at it, ten minutes at most. */
  #stepMs(upload: Upload): number {
    if (upload.status === 'READY_TO_UPSERT' && this.#twin.plays('59d')) return REVIEW_MS;
    return this.#twin.plays('59a') ? SLOW_STEP_MS : STEP_MS;
  }

  #end(upload: Upload): void {
    const { body } = upload;
    upsert(this.#twin, upload);
    if (body !== null) followImport(this.#twin, upload, body);
  }

  /** A person looks through what waits in READY_TO_UPSERT: it ends now. Answers how many did. */
  review(): number {
    const waiting = Object.values(this.#twin.state.uploads).filter(
      ({ body, status }) => body !== null && status === 'READY_TO_UPSERT',
    );
    for (const upload of waiting) this.#end(upload);
    return waiting.length;
  }
}

const operationSchema = z.looseObject({ operation: z.string() });

/** CREATE, UPDATE or DELETE of an import that may yet be refused; null where it does not say. */
export function operationOf({ body }: { body: Buffer }): string | null {
  try {
    const parsed = operationSchema.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data.operation : null;
  } catch {
    return null;
  }
}

/** Appendix B, `OrderImport`. The description's examples have these addresses without a leading slash (apis 2.14). */
export function importOutput(upload: Upload): Record<string, unknown> {
  return {
    upload_id: upload.id,
    upload_status: upload.status,
    upload_url: `v1/orders/order/upload/${upload.id}`,
    order_id: upload.orderId,
    order_url: upload.orderId === null ? null : `v1/orders/order/${upload.orderId}`,
  };
}
