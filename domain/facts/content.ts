/**
 * Content: what facts refer to but never carry (names, addresses, texts). Stored once, never changed,
 * never in Temporal history. Times without a zone are depot local and say so.
 */

export interface Address {
  readonly contactName: string;
  readonly companyName: string;
  readonly lines: readonly string[];
  readonly town: string;
  readonly county: string;
  readonly postCode: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
  readonly telephone: string;
}

/** One bill unit line: `FP` x 2. */
export interface BillUnit {
  readonly type: string;
  readonly amount: number;
}

export interface OrderContent {
  readonly conNo: string | null;
  readonly trackingId: string | null;
  readonly responseId: string | null;
  readonly type: 'D' | 'C' | '3';
  readonly account: string;
  readonly reference: string;
  readonly classification: string;
  readonly serviceGroup: string;
  readonly serviceCode: string;
  readonly lifts: number;
  /** kg */
  readonly weight: number;
  readonly billUnits: readonly BillUnit[];
  readonly handball: boolean;
  readonly tailLift: boolean;
  readonly adrGoods: boolean;
  readonly limitedQuantity: boolean;
  /** Special instructions (ManifestNote). */
  readonly instructions: string;
  /** Local date YYYY-MM-DD or null. */
  readonly collectionDate: string | null;
  readonly deliveryDate: string | null;
  /** Local time HH:MM or null. */
  readonly deliveryTime: string | null;
  /** True where `deliveryTime` is an appointment that the network told in a book-in, and not the due time of the order. */
  readonly appointment?: boolean;
  /** Window of a delivery that a planner booked: until when, local `HH:MM`, and whether it must be kept. */
  readonly window?: { readonly until: string; readonly enforced: boolean };
  readonly bookIn: {
    readonly requested: boolean;
    readonly booked: boolean;
    readonly contactName: string;
    readonly contactPhone: string;
    readonly reference: string;
    readonly instructions: string;
  };
  readonly collectionDepot: string;
  readonly deliveryDepot: string;
  readonly collection: Address | null;
  readonly delivery: Address | null;
  readonly barcodes: readonly string[];
}

export interface PlanContent {
  readonly tripName: string;
  readonly vehicle: string;
}

export interface ExceptionContent {
  readonly name: string;
  readonly description: string;
}

/** Who decided, and why. */
export interface CaseContent {
  readonly who: string;
  readonly why: string;
}

export interface DocumentContent {
  readonly name: string;
  readonly type: string;
  readonly contentType: string;
  /** Of a page that was taken out of a paper: where its bytes are. */
  readonly blob?: string;
}

/** What the network said, and of a book-in when, with whom and under which reference; the date and time are the depot's. */
export interface NetworkContent {
  readonly text: string;
  readonly date: string | null;
  /** `HH:MM` */
  readonly time: string | null;
  readonly contact: string;
  readonly reference: string;
  /** Who signed at another depot's delivery. */
  readonly signedBy: string;
  /** Of a window that a planner of ours set: its end, and whether it must be kept. */
  readonly window?: { readonly until: string; readonly enforced: boolean };
}

export interface PodContent {
  readonly name: string;
}

/** Who said a change of what is charged for, and what proves it, in words. */
export interface ChargeContent {
  readonly who: string;
  readonly proof: string;
}

/** The content of facts that is read again, by their kind; how it is checked: store/record/contents.ts. */
export interface Contents {
  readonly order: OrderContent;
  readonly plan: PlanContent;
  readonly exception: ExceptionContent;
  readonly case: CaseContent;
  readonly document: DocumentContent;
  readonly network: NetworkContent;
  readonly pod: PodContent;
  readonly charge: ChargeContent;
}

/** One note to Palletways in domain words; the connector knows group and type codes. `at` UTC ISO instant. */
export interface OutgoingNote {
  readonly trackingId: string;
  readonly what:
    | 'planned'
    | 'unplanned'
    | 'scan-load'
    | 'scan-unload'
    | 'scan-cross-dock'
    | 'scan-delivery'
    | 'out'
    | 'collected'
    | 'arrived'
    | 'delivered'
    | 'failed'
    | 'eta'
    | 'exception'
    | 'booking'
    | 'charge'
    | 'pod'
    | 'decision';
  /** True where a later milestone was already told: goes as a general note with its true time. */
  readonly late: boolean;
  readonly at: string;
  readonly barcode: string;
  /** Name signed (POD) or empty. */
  readonly signedBy: string;
  /** Reason code or trip name. */
  readonly description: string;
  readonly text: string;
  /** Our reference, 10 characters of [0-9a-z], unique for one thing told. */
  readonly ref: string;
}
