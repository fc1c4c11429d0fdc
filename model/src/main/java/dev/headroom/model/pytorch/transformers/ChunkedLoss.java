package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * TRL's chunked cross-entropy: the head and the loss of 256 tokens at a time, each chunk under gradient checkpointing, in
 * float32 with a float32 copy of the head's weight. Beside the loss it returns the sum of entropies, whose graph lives as long
 * as the model's output: a loop that holds that during backward keeps log-probabilities of every chunk.
 *
 * <p>All tokens but the last of each sequence have labels. Source: TRL 1.13, {@code trainer/sft_trainer.py}, {@code
 * _chunked_cross_entropy_loss}, {@code _chunk}, {@code _patch_chunked_ce_lm_head} ({@code loss_type="chunked_nll"}).
 */
final class ChunkedLoss implements HiddenStatesLoss {
    /** {@code _CHUNKED_LM_HEAD_CHUNK_SIZE}. */
    static final long CHUNK = 256;

    /** Bytes in which a value and its index are kept while the largest is looked for. */
    private static final int VALUE_AND_INDEX = 16;

    /** Cohere's, which alone has one. */
    private static final double STANDARD_LOGIT_SCALE = 0.0625;

    private final Aten aten;
    private final Autograd autograd;
    private final LinearAlgebra algebra;
    private final Indexing indexing;
    private final Tensor weight;
    private final boolean scales;
    private final boolean caps;

    /**
     * @param weight of the head, shape [vocabulary, hidden size]
     */
    ChunkedLoss(Aten aten, Tensor weight, Architecture architecture) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.algebra = new LinearAlgebra(aten);
        this.indexing = new Indexing(aten);
        this.weight = weight;
        this.scales = architecture.modelType().equals("cohere")
                && architecture.decimal("logit_scale", STANDARD_LOGIT_SCALE) != 1;
        this.caps = architecture.settings().containsKey("final_logit_softcapping");
    }

    @Override
    public Result of(Tensor states, LossReduction reduction) {
        Extent batch = states.shape().dimension(0);
        Extent predicted = states.shape().dimension(1).minus(Extent.ONE);
        Extent tokens = batch.times(predicted);
        try (Frame frame = autograd.frame()) {
            Tensor hidden = frame.let(
                    allButLast(states, Shape.of(batch, predicted, states.shape().dimension(2))));
            Tensor copied = autograd.exceeds(batch, 1)
                    ? frame.let(autograd.allocate(Shape.of(tokens), DType.INT64, "aten::reshape"))
                    : null;
            Tensor valid = frame.let(autograd.allocate(Shape.of(tokens), DType.BOOL, "aten::ne"));
            Tensor count = frame.let(count(valid));
            Tensor correct = frame.let(zero());
            Tensor entropy = frame.let(zero());
            autograd.useUp(autograd.allocate(Shape.SCALAR, DType.BOOL, "aten::eq"));
            if (!autograd.exceeds(tokens, 0)) {
                return result(aten.scale(aten.add(total(states), total(weight))), correct, entropy, count);
            }
            Tensor order = frame.let(indexing.argsort(aten.to(valid, DType.INT8)));
            hidden = frame.replace(hidden, indexing.rows(hidden, order));
            Tensor labels = frame.let(autograd.allocate(Shape.of(tokens), DType.INT64, "aten::index"));
            if (copied != null) {
                frame.drop(copied);
            }
            frame.let(roundedUp());
            Sums sums = new Sums(frame, frame.let(zero()), correct, entropy);
            for (Extent length : chunks(tokens)) {
                sums.add(hidden, labels, length);
            }
            Tensor loss = reduction == LossReduction.MEAN ? algebra.divide(sums.loss, count) : aten.divide(sums.loss);
            return result(loss, sums.correct, sums.entropy, count);
        }
    }

    private Result result(Tensor loss, Tensor... figures) {
        for (Tensor figure : figures) {
            autograd.retain(figure);
        }
        return new Result(loss, List.of(figures));
    }

    /** {@code x.float().sum()}, which keeps a loss over no token in the graph. */
    private Tensor total(Tensor x) {
        try (Frame arguments = autograd.frame()) {
            Tensor numbers = arguments.let(aten.to(x, DType.FLOAT32));
            Tensor sum = aten.sum(numbers, Shape.SCALAR);
            autograd.reduction().stageRows(Extent.ONE, numbers.shape().size(), DType.FLOAT32.bits() / Byte.SIZE);
            return sum;
        }
    }

    /** {@code hidden_states[..., :-1, :].reshape(-1, hidden)}: a view if there is one sequence. */
    private Tensor allButLast(Tensor states, Shape shape) {
        boolean several = autograd.exceeds(shape.dimension(0), 1);
        Tensor slice = aten.slice(states, shape, !several);
        return several ? aten.copy(slice, shape.flattened()) : aten.view(slice, shape.flattened());
    }

    /** {@code x.sum()} of truth values. */
    private Tensor count(Tensor flags) {
        Extent length = flags.shape().dimension(0);
        Tensor sum = autograd.allocate(Shape.SCALAR, DType.INT64, "aten::sum");
        Tensor numbers = autograd.allocate(flags.shape(), DType.INT64, "aten::to");
        autograd.reduction().stageRows(Extent.ONE, length, DType.INT64.bits() / Byte.SIZE);
        autograd.useUp(numbers);
        return sum;
    }

    private Tensor zero() {
        return autograd.allocate(Shape.SCALAR, DType.FLOAT32, "aten::new_zeros");
    }

    /** {@code (count / chunk_size).ceil().to(torch.int64) * chunk_size}. */
    private Tensor roundedUp() {
        Tensor quotient = autograd.allocate(Shape.SCALAR, DType.FLOAT32, "aten::div");
        Tensor ceiling = autograd.allocate(Shape.SCALAR, DType.FLOAT32, "aten::ceil");
        autograd.useUp(quotient);
        Tensor whole = autograd.allocate(Shape.SCALAR, DType.INT64, "aten::to");
        autograd.useUp(ceiling);
        Tensor product = autograd.allocate(Shape.SCALAR, DType.INT64, "aten::mul");
        autograd.useUp(whole);
        return product;
    }

    /** Lengths of the chunks; their number bounds the program's regime. */
    private List<Extent> chunks(Extent tokens) {
        long count = (tokens.value() + CHUNK - 1) / CHUNK;
        autograd.exceeds(tokens, count * CHUNK);
        autograd.exceeds(tokens, (count - 1) * CHUNK);
        List<Extent> lengths = new ArrayList<>();
        for (long i = 1; i < count; i++) {
            lengths.add(Extent.of(CHUNK));
        }
        lengths.add(tokens.minus(Extent.of((count - 1) * CHUNK)));
        return lengths;
    }

    /** The running sums, and the names that one chunk leaves to the next. */
    private final class Sums {
        private final Frame frame;
        private final List<Tensor> names = new ArrayList<>();
        private Tensor loss;
        private Tensor correct;
        private Tensor entropy;

        Sums(Frame frame, Tensor loss, Tensor correct, Tensor entropy) {
            this.frame = frame;
            this.loss = loss;
            this.correct = correct;
            this.entropy = entropy;
        }

        void add(Tensor hidden, Tensor labels, Extent length) {
            Tensor rows =
                    frame.let(aten.slice(hidden, Shape.of(length, hidden.shape().dimension(1)), true));
            Tensor targets = frame.let(autograd.alias(labels, Shape.of(length)));
            rename(0, rows);
            rename(1, targets);
            Chunk chunk = new Chunk(targets);
            Tensor chunkLoss = frame.let(autograd.checkpoint(rows, List.of(weight, targets), chunk::run));
            rename(2, chunkLoss);
            rename(3, frame.let(chunk.correct()));
            rename(4, frame.let(chunk.entropy()));
            loss = frame.replace(loss, aten.add(loss, chunkLoss));
            correct = frame.replace(correct, aten.add(correct, chunk.correct()));
            entropy = frame.replace(entropy, aten.add(entropy, chunk.entropy()));
        }

        private void rename(int name, Tensor value) {
            if (name == names.size()) {
                names.add(value);
            } else {
                frame.drop(names.set(name, value));
            }
        }
    }

    /** {@code _chunk}. */
    private final class Chunk {
        private final Tensor targets;
        private final List<Tensor> figures = new ArrayList<>();

        Chunk(Tensor targets) {
            this.targets = targets;
        }

        Tensor correct() {
            return figures.get(0);
        }

        Tensor entropy() {
            return figures.get(1);
        }

        Tensor run(Tensor rows) {
            try (Frame frame = autograd.frame()) {
                Tensor logits = frame.let(
                        algebra.product(aten.to(rows, DType.FLOAT32), aten.transpose(aten.to(weight, DType.FLOAT32))));
                if (scales) {
                    logits = frame.replace(logits, aten.scale(logits));
                }
                if (caps) {
                    logits = frame.replace(logits, aten.scale(aten.tanh(aten.divide(logits))));
                }
                Tensor probabilities = frame.let(aten.logSoftmaxInFloat32(logits));
                Tensor loss = frame.let(aten.negativeLogLikelihood(probabilities, targets));
                Tensor valid = frame.let(autograd.allocate(targets.shape(), DType.BOOL, "aten::ne"));
                Tensor correct = frame.let(correct(logits, valid));
                Tensor entropy = frame.let(entropy(probabilities, valid));
                if (figures.isEmpty()) {
                    figures.add(frame.returning(correct));
                    figures.add(frame.returning(entropy));
                }
                return frame.returning(loss);
            }
        }

        /** {@code ((logits.argmax(-1) == labels) & valid).sum().float()}. */
        private Tensor correct(Tensor logits, Tensor valid) {
            Shape shape = valid.shape();
            Tensor largest = autograd.allocate(shape, DType.INT64, "aten::argmax");
            autograd.reduction().stageRows(shape.dimension(0), logits.shape().dimension(1), VALUE_AND_INDEX);
            Tensor equal = autograd.allocate(shape, DType.BOOL, "aten::eq");
            autograd.useUp(largest);
            Tensor both = autograd.allocate(shape, DType.BOOL, "aten::bitwise_and");
            autograd.useUp(equal);
            Tensor sum = count(both);
            autograd.useUp(both);
            return aten.to(sum, DType.FLOAT32);
        }

        /** {@code (-(log_p.exp() * log_p).sum(-1) * valid).sum()}. */
        private Tensor entropy(Tensor probabilities, Tensor valid) {
            Tensor sum;
            try (Frame arguments = autograd.frame()) {
                Tensor product = arguments.let(aten.multiply(aten.exp(probabilities), probabilities));
                sum = aten.sum(product, valid.shape());
                autograd.reduction()
                        .stageRows(
                                valid.shape().dimension(0),
                                probabilities.shape().dimension(1),
                                DType.FLOAT32.bits() / Byte.SIZE);
            }
            return aten.sum(aten.multiply(aten.negate(sum), valid), Shape.SCALAR);
        }
    }
}
