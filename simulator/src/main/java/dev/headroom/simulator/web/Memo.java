package dev.headroom.simulator.web;

import java.util.Optional;
import java.util.function.Supplier;

/** Something that is made once. */
final class Memo {
    private final Supplier<Reply> maker;
    private Optional<Reply> made = Optional.empty();

    Memo(Supplier<Reply> maker) {
        this.maker = maker;
    }

    synchronized Reply get() {
        Reply reply = made.orElseGet(maker);
        made = Optional.of(reply);
        return reply;
    }
}
