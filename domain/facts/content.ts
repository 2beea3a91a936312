/**
 * Facts refer to their content (names, addresses, texts) and never carry it. Content is stored once, never changed, and never enters
 * Temporal history. Times without a zone are local times of the depot, and their comments say so.
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

/** One line of bill units: `FP` x 2. */
export interface BillUnit {
  readonly type: string;
  readonly amount: number;
}

/** What a consignment asks for besides, in plain words. Each is left out where the message has no element for it, and empty where that is empty. */
export interface Further {
  /** Cash to collect: amount, method, where, and a text. */
  readonly cash?: string;
  /** Pallets to bring back. */
  readonly returns?: string;
  /** Whom to notify, by SMS or e-mail. */
  readonly notify?: string;
  readonly insurance?: string;
  readonly products?: string;
}

export interface OrderContent {
  readonly conNo: string | null;
  readonly trackingId: string | null;
  readonly responseId: string | null;
  readonly type: 'D' | 'C' | '3';
  readonly account: string;
  /** The reference of the customer who entered it. */
  readonly reference: string;
  /** The reference at the place of collection, where it has one of its own. */
  readonly collectionReference: string;
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
  readonly further?: Further;
  /** Local date YYYY-MM-DD or null. */
  readonly collectionDate: string | null;
  readonly deliveryDate: string | null;
  /** Local time HH:MM or null. */
  readonly deliveryTime: string | null;
  /** True where `deliveryTime` is an appointment that the network sent in a book-in, and not the due time of the order. */
  readonly appointment?: boolean;
  /** The window of a delivery that a planner booked: its end, local `HH:MM`, and whether it must be kept. */
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

/** Names who decided, and why. */
export interface CaseContent {
  readonly who: string;
  readonly why: string;
}

export interface DocumentContent {
  readonly name: string;
  readonly type: string;
  readonly contentType: string;
  /** A page that was taken out of a paper has this: the reference of its bytes. */
  readonly blob?: string;
}

/** The network's report. A book-in also has a date, a time, a contact and a reference; date and time are local to the depot. */
export interface NetworkContent {
  readonly text: string;
  readonly date: string | null;
  /** `HH:MM` */
  readonly time: string | null;
  readonly contact: string;
  readonly reference: string;
  /** The name of the person who signed at another depot's delivery. */
  readonly signedBy: string;
  /** A window that a planner of ours set has this: its end, local `HH:MM`, and whether it must be kept. */
  readonly window?: { readonly until: string; readonly enforced: boolean };
}

export interface PodContent {
  readonly name: string;
}

/** Names who reported a change of what is charged for, and what proves it, in words. */
export interface ChargeContent {
  readonly who: string;
  readonly proof: string;
}

/** The content of facts that is read back from the store, by their kind. store/record/contents.ts checks it. */
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

/** One note to Palletways in domain words; the connector knows its group and type codes. `at` is a UTC ISO instant. */
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
  /** True where a later milestone was already sent, so that this one goes as a general note with its true time. */
  readonly late: boolean;
  readonly at: string;
  readonly barcode: string;
  /** The name of the person who signed (POD), or empty. */
  readonly signedBy: string;
  /** The reason code or the trip name. */
  readonly description: string;
  readonly text: string;
  /** Our reference, 10 characters of [0-9a-z], unique for one thing that is sent. */
  readonly ref: string;
}
