package dev.headroom.model.explain;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.RoleChange;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.replay.SegmentView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The allocator's segments at one instant, and which tensor is in which block.
 *
 * @param segments in the order of their addresses
 */
public record SegmentMap(List<Segment> segments) {
    public SegmentMap {
        segments = List.copyOf(segments);
    }

    /**
     * A segment.
     *
     * @param small whether it serves requests of at most 1 MiB
     */
    public record Segment(boolean small, Bytes size, Bytes used, Bytes largestHole, List<Block> blocks) {
        public Segment {
            blocks = List.copyOf(blocks);
        }

        /** Bytes that are free, although the segment cannot go back to the driver; 0 if nothing is in it. */
        public Bytes holes() {
            return used.count() == 0 ? Bytes.ZERO : new Bytes(size.count() - used.count());
        }
    }

    /** A block and the tensor in it, if it is not free. */
    public record Block(Bytes size, Optional<Tenant> tenant) {}

    /** A tensor: what it was made for, by which module and operation. */
    public record Tenant(Category category, String module, String operation) {}

    /** The segments of a replay of {@code program} after event number {@code event}. */
    public static SegmentMap of(StepProgram program, int event, List<SegmentView> views) {
        Map<Integer, RoleChange> roles = program.rolesAt(event);
        List<Segment> segments = new ArrayList<>();
        for (SegmentView view : views) {
            List<Block> blocks = new ArrayList<>();
            for (SegmentView.BlockView block : view.blocks()) {
                Optional<Tenant> tenant = block.tensor().isPresent()
                        ? Optional.of(tenant(program, roles, block.tensor().getAsInt()))
                        : Optional.empty();
                blocks.add(new Block(new Bytes(block.bytes()), tenant));
            }
            segments.add(new Segment(
                    view.small(),
                    new Bytes(view.bytes()),
                    new Bytes(view.used()),
                    new Bytes(view.largestHole()),
                    blocks));
        }
        return new SegmentMap(segments);
    }

    private static Tenant tenant(StepProgram program, Map<Integer, RoleChange> roles, int tensor) {
        TensorOrigin origin = program.origin(tensor);
        RoleChange role = roles.get(tensor);
        if (role == null) {
            return new Tenant(origin.category(), origin.module(), origin.operation());
        }
        boolean saved = role.category() == Category.SAVED_ACTIVATIONS;
        return new Tenant(
                role.category(),
                saved ? role.module() : origin.module(),
                saved ? role.operation() : origin.operation());
    }
}
