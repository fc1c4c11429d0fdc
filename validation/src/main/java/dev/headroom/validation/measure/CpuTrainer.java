package dev.headroom.validation.measure;

import org.nd4j.linalg.factory.Nd4j;

/** Trains on the processor. */
public final class CpuTrainer extends Nd4jTrainer {
    @Override
    public String backend() {
        return "cpu";
    }

    @Override
    String artifact() {
        return "nd4j-native";
    }

    @Override
    boolean isLoaded() {
        return Nd4j.getBackend().getEnvironment().isCPU();
    }
}
