package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;

/**
 * bitsandbytes' optimizers. Under an 8-bit one, states are 8-bit numbers with a float32 scale for each block of them, and two
 * tables of 256 values say what the numbers stand for; parameters of less than 4096 elements keep float32 states. A paged one
 * has the states of parameters of 100,000 elements and more in managed memory, their scales not. Steps are computed in place.
 *
 * <p>AdEMAMix has its fast and its slow average in one state of twice the size, and makes its scales first.
 *
 * <p>Source: bitsandbytes 0.43.3 and 0.49.2, {@code optim/optimizer.py}, {@code Optimizer2State.init_state},
 * {@code Optimizer1State.init_state}, {@code get_state_buffer}; {@code optim/ademamix.py}, {@code AdEMAMix.init_state}.
 */
final class Blockwise implements UpdateRule {
    private static final long LEAST_EIGHT_BIT = 4096;
    private static final long LEAST_PAGED = 100_000;
    private static final long TABLE = 256;

    private final StepMemory memory;
    private final OptimizerKind kind;
    private final int states;
    private final BlockwiseSettings settings;
    private boolean tablesLoaded;

    /**
     * @param states how many moments it keeps for each parameter
     */
    Blockwise(StepMemory memory, OptimizerKind kind, int states, BlockwiseSettings settings) {
        this.memory = memory;
        this.kind = kind;
        this.states = states;
        this.settings = settings;
    }

    @Override
    public void createState(Tensor parameter) {
        boolean narrow = kind.isEightBit()
                && isOfAtLeast(LEAST_EIGHT_BIT, parameter)
                && !settings.keepsWide(memory.moduleOf(parameter));
        if (narrow) {
            loadTables(parameter);
        }
        if (narrow && kind.isAdemamix()) {
            createScales(parameter);
        }
        for (int i = 1; i <= states; i++) {
            state(parameter, copies(i), narrow ? DType.UINT8 : DType.FLOAT32, "state" + i);
        }
        if (narrow && !kind.isAdemamix()) {
            createScales(parameter);
        }
    }

    /** How many averages a state holds. */
    private long copies(int state) {
        return kind.isAdemamix() && state == 1 ? 2 : 1;
    }

    private void createScales(Tensor parameter) {
        Extent blocks = parameter.shape().size().dividedRoundingUpBy(settings.block());
        for (int i = 1; i <= states; i++) {
            memory.state(parameter, Shape.of(blocks.times(copies(i))), DType.FLOAT32, "absmax" + i);
        }
    }

    private void loadTables(Tensor parameter) {
        if (tablesLoaded) {
            return;
        }
        tablesLoaded = true;
        for (int i = 1; i <= states; i++) {
            memory.state(parameter, Shape.of(TABLE), DType.FLOAT32, "qmap" + i);
        }
    }

    private void state(Tensor parameter, long copies, DType dtype, String name) {
        Shape shape = copies == 1
                ? parameter.shape()
                : Shape.of(Extent.of(copies), parameter.shape().size());
        if (kind.hasPagedState() && isOfAtLeast(LEAST_PAGED, parameter)) {
            memory.managedState(shape, dtype);
        } else {
            memory.state(parameter, shape, dtype, name);
        }
    }

    private boolean isOfAtLeast(long elements, Tensor parameter) {
        return memory.exceeds(parameter.shape().size(), elements - 1);
    }

    @Override
    public void update(List<Tensor> parameters) {}
}
