package dev.headroom.model.program;

/** What a training step does once for each micro-batch, one after the other. */
public enum Repeated {
    /** Its part in fetching all micro-batches of the step at once. */
    FETCH,
    /** Its forward and backward pass. */
    MICRO_BATCH
}
