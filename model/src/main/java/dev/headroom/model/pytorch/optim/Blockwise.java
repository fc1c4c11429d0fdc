package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;

/**
 * bitsandbytes' optimizers. Under an 8-bit one, states are 8-bit numbers with a float32 scale for each block of them, and two
 * tables of 256 values say what the numbers stand for; parameters of less than 4096 elements keep float32 states. A paged one
 * has the states of parameters of 100,000 elements and more in managed memory, their scales not. Steps are computed in place.
 *
 * <p>Source: bitsandbytes 0.43.3 and 0.49.2, {@code optim/optimizer.py}, {@code Optimizer2State.init_state},
 * {@code Optimizer1State.init_state}, {@code get_state_buffer}.
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
        long elements = parameter.shape().elements();
        boolean narrow =
                kind.isEightBit() && elements >= LEAST_EIGHT_BIT && !settings.keepsWide(memory.moduleOf(parameter));
        if (narrow) {
            loadTables(parameter);
        }
        for (int i = 1; i <= states; i++) {
            state(parameter, narrow ? DType.UINT8 : DType.FLOAT32, "state" + i);
        }
        long blocks = (elements + settings.block() - 1) / settings.block();
        for (int i = 1; narrow && i <= states; i++) {
            memory.state(parameter, Shape.of(blocks), DType.FLOAT32, "absmax" + i);
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

    private void state(Tensor parameter, DType dtype, String name) {
        if (kind.hasPagedState() && parameter.shape().elements() >= LEAST_PAGED) {
            memory.managedState(parameter.shape(), dtype);
        } else {
            memory.state(parameter, parameter.shape(), dtype, name);
        }
    }

    @Override
    public void update(List<Tensor> parameters) {}
}
