package dev.headroom.model.pytorch.optim;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Reduction;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/** Allocates what a step needs, each tensor in the name of the parameter it is for. */
final class StepMemory {
    private final Autograd autograd;

    StepMemory(Autograd autograd) {
        this.autograd = autograd;
    }

    /** State that stays, of the parameter's shape and type. */
    void state(Tensor parameter, String name) {
        state(parameter, parameter.shape(), parameter.dtype(), name);
    }

    /** State that stays. */
    Tensor state(Tensor parameter, Shape shape, DType dtype, String name) {
        return autograd.allocateFor(parameter, shape, dtype, name, Category.OPTIMIZER_STATE);
    }

    /** State that stays, in managed memory. */
    void managedState(Shape shape, DType dtype) {
        autograd.recorder().manage(shape, dtype);
    }

    /** A kernel runs whose code is loaded only then. */
    void load(KernelModule kernel) {
        autograd.recorder().load(kernel);
    }

    /** Path of the module that a parameter is in. */
    String moduleOf(Tensor parameter) {
        return autograd.moduleOf(parameter);
    }

    /** A temporary of the parameter's shape and type. */
    Tensor temporary(Tensor parameter, String operation) {
        return temporary(parameter, parameter.shape(), parameter.dtype(), operation);
    }

    Tensor temporary(Tensor parameter, Shape shape, DType dtype, String operation) {
        return autograd.allocateFor(parameter, shape, dtype, operation, Category.TRANSIENT);
    }

    /** Decides {@code extent > threshold}, and remembers it as a boundary of the program's regime. */
    boolean exceeds(Extent extent, long threshold) {
        return autograd.exceeds(extent, threshold);
    }

    void free(Tensor tensor) {
        autograd.useUp(tensor);
    }

    /** How sums over the device are staged. */
    Reduction reduction() {
        return autograd.reduction();
    }

    /** {@code torch._foreach_sqrt(states)}: a copy of every parameter's state at once, freed when the step ends. */
    void rootsOfAll(List<Tensor> parameters) {
        List<Tensor> roots = new ArrayList<>(parameters.size());
        for (Tensor parameter : parameters) {
            roots.add(temporary(parameter, "aten::_foreach_sqrt"));
        }
        roots.forEach(this::free);
    }
}
