package dev.headroom.simulator.whatif;

/** Whether a job fits a card, as far as a reading can tell. */
public enum Fit {
    YES("true"),
    NO("false"),
    /** The analytic reading leaves it open: it fits without the allocator's losses, and not with the most they may be. */
    UNSURE("unsure"),
    /** No card was named. */
    NOT_ASKED("");

    private final String id;

    Fit(String id) {
        this.id = id;
    }

    /** The word used in rows. */
    public String id() {
        return id;
    }
}
