package dev.headroom.model.pytorch.transformers;

import java.util.OptionalLong;

/**
 * What layers of one kind share in a forward pass: a mask, and how positions enter.
 *
 * @param slidingWindow how many tokens back a query sees [tokens], if not all
 * @param chunked whether the window does not slide, but is one of chunks of that length
 */
record LayerKind(OptionalLong slidingWindow, PositionScheme positions, boolean chunked) {
    /** Layers whose window, if they have one, slides. */
    LayerKind(OptionalLong slidingWindow, PositionScheme positions) {
        this(slidingWindow, positions, false);
    }
}
