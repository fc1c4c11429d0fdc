package dev.headroom.model.pytorch.transformers;

import java.util.OptionalLong;

/**
 * What layers of one kind share in a forward pass: a mask, and how positions enter.
 *
 * @param slidingWindow how many tokens back a query sees [tokens], if not all
 */
record LayerKind(OptionalLong slidingWindow, PositionScheme positions) {}
