package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.quantity.StepFunction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Liger's tiled MLP: forward without gradients, over one part of each sequence after the other; backward runs each part of the
 * tokens again, outside autocast, and a backward pass of its own. Gate times up is one kernel, whose backward writes both
 * gradients over gate and up.
 *
 * <p>Source: Liger-Kernel 0.8.2, {@code transformers/tiled_mlp.py}, LigerTiledSwiGLUMLP; {@code ops/tiled_mlp.py},
 * LigerTiledMLPFunction; {@code ops/swiglu.py}, LigerSiLUMulFunction.
 */
final class TiledMlp implements Mlp {
    private final Aten aten;
    private final Autograd autograd;
    private final String path;
    private final int tiles;
    private final LinearLayer gate;
    private final LinearLayer up;
    private final LinearLayer down;

    /**
     * The MLP of this path, whose matrices are {@code gate_proj}, {@code up_proj} and {@code down_proj}.
     *
     * @param tiles into how many parts tokens are cut at most ({@code num_shards})
     */
    TiledMlp(Aten aten, String path, int tiles, Weights weights) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.path = path;
        this.tiles = tiles;
        this.gate = weights.linear(path + ".gate_proj");
        this.up = weights.linear(path + ".up_proj");
        this.down = weights.linear(path + ".down_proj");
    }

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            Operation op = autograd.operation("LigerTiledMLPFunctionBackward", input);
            Tensor output = autograd.withGradient(false, () -> inTiles(input));
            op.saves(input);
            return op.returns(output, this::backward);
        });
    }

    /** {@code torch.chunk(x, tiles, dim=-2)} of sequences, whose rows are those of several sequences. */
    private Tensor inTiles(Tensor x) {
        Extent batch = x.shape().dimension(0);
        Extent sequence = x.shape().dimension(1);
        try (Frame frame = autograd.frame()) {
            List<Extent> rows = cut(batch, sequence, new PartLength(tiles, false));
            boolean several = rows.size() > 1 && autograd.exceeds(batch, 1);
            List<Tensor> parts = new ArrayList<>();
            for (Extent count : rows) {
                Shape shape = Shape.of(count, x.shape().dimension(2));
                boolean apart = several && autograd.exceeds(count.minus(batch), 0);
                parts.add(frame.let(apart ? autograd.looseAlias(x, shape) : autograd.alias(x, shape)));
            }
            Tensor last = null;
            for (Tensor part : parts) {
                last = frame.let(mlp(part));
            }
            return autograd.allocate(x.shape(), last == null ? x.dtype() : last.dtype(), "aten::cat");
        }
    }

    /** {@code _mlp_forward}. */
    private Tensor mlp(Tensor x) {
        try (Frame frame = autograd.frame()) {
            Tensor gated = frame.let(gate.forward(x));
            Tensor upper = frame.let(up.forward(x));
            return down.forward(gatedProduct(gated, upper));
        }
    }

    private Tensor gatedProduct(Tensor gated, Tensor upper) {
        Operation op = autograd.operation("LigerSiLUMulFunctionBackward", gated, upper);
        Tensor out = op.allocates(gated.shape(), gated.dtype());
        op.saves(gated).saves(upper);
        return op.returns(out, call -> new Tensor[] {
            call.needs(0) ? autograd.alias(call.saved(0), gated.shape()) : null,
            call.needs(1) ? autograd.alias(call.saved(1), upper.shape()) : null
        });
    }

    private @Nullable Tensor[] backward(BackwardCall call) {
        Tensor x = call.saved(0);
        List<Extent> rows = cut(x.shape().dimension(0), x.shape().dimension(1), new PartLength(tiles, true));
        try (Frame frame = autograd.frame()) {
            Tensor gradient = frame.let(call.allocate(x.shape(), x.dtype()));
            List<Tensor> parts = new ArrayList<>();
            for (Extent count : rows) {
                parts.add(frame.let(autograd.alias(x, Shape.of(count, x.shape().dimension(2)))));
            }
            Tensor output = null;
            for (Tensor part : parts) {
                autograd.requireGradient(part);
                autograd.startGradient(part, autograd.alias(gradient, part.shape()));
                Tensor next = autograd.withGradient(true, () -> mlp(part));
                output = output == null ? frame.let(next) : frame.replace(output, next);
                Tensor arriving = frame.let(autograd.alias(call.gradient(), part.shape()));
                autograd.backward(output, arriving);
                frame.drop(arriving);
            }
            return new Tensor[] {autograd.alias(gradient, x.shape())};
        }
    }

    /** Rows of the parts: all alike but for the last; there may be fewer of them than tiles. */
    private List<Extent> cut(Extent batch, Extent sequence, PartLength length) {
        Extent total = batch.times(sequence);
        long size = length.at(batch.value(), sequence.value());
        Extent part = Extent.stepwise(size, length);
        long count = (total.value() + size - 1) / size;
        autograd.exceeds(total.minus(part.times(count - 1)), 0);
        autograd.exceeds(total.minus(part.times(count)), 0);
        List<Extent> parts = new ArrayList<>();
        for (long i = 1; i < count; i++) {
            parts.add(part);
        }
        parts.add(total.minus(part.times(count - 1)));
        return parts;
    }

    /**
     * Rows of one part: b·⌈s/tiles⌉, or ⌈b·s/tiles⌉.
     *
     * @param flat whether the tokens of all sequences are cut together
     */
    private record PartLength(int tiles, boolean flat) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return flat ? ceilDiv(Math.multiplyExact(b, s)) : Math.multiplyExact(b, ceilDiv(s));
        }

        private long ceilDiv(long tokens) {
            return (tokens + tiles - 1) / tiles;
        }

        @Override
        public String toString() {
            return flat ? "⌈bs/%d⌉".formatted(tiles) : "b⌈s/%d⌉".formatted(tiles);
        }
    }
}
