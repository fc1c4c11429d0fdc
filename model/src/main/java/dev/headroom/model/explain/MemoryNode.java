package dev.headroom.model.explain;

import dev.headroom.model.quantity.Bytes;
import java.util.List;

/** A row of an explained breakdown. */
public sealed interface MemoryNode {
    /** Key of the row among its siblings, such as {@code savedActivations}. */
    String id();

    /** Words for people, such as {@code saved activations}. */
    String label();

    Bytes bytes();

    /** Rows below this one, largest first; none for a leaf. */
    List<MemoryNode> children();

    /**
     * An amount with the formula that gave it and where that formula comes from.
     *
     * @param tensors how many tensors it sums
     * @param formula polynomial in b and s, in bytes
     * @param source the rule behind it
     */
    record Leaf(String id, String label, Bytes bytes, long tensors, String formula, Source source)
            implements MemoryNode {
        @Override
        public List<MemoryNode> children() {
            return List.of();
        }
    }

    /** A subtotal. It has no number of its own, so it cannot disagree with its children. */
    record Group(String id, String label, List<MemoryNode> children) implements MemoryNode {
        public Group {
            children = List.copyOf(children);
        }

        @Override
        public Bytes bytes() {
            return children.stream().map(MemoryNode::bytes).reduce(Bytes.ZERO, Bytes::plus);
        }
    }
}
