package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;

/** Every weight of the model trains. */
final class FullTuning implements Tuning {
    @Override
    public boolean trains(WeightedModule module) {
        return true;
    }
}
