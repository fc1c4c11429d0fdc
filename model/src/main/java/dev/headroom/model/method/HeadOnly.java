package dev.headroom.model.method;

/** Only the output head trains; a tied head is the input embedding, which then trains. */
public record HeadOnly() implements Method {
    @Override
    public String name() {
        return "lm-head-only";
    }
}
