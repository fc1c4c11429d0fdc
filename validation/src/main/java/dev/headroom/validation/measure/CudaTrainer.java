package dev.headroom.validation.measure;

import org.nd4j.linalg.factory.Nd4j;

/** Trains on an NVIDIA card. */
public final class CudaTrainer extends Nd4jTrainer {
    @Override
    public String backend() {
        return "cuda";
    }

    @Override
    String artifact() {
        return "nd4j-cuda-11.2";
    }

    @Override
    boolean isLoaded() {
        return !Nd4j.getBackend().getEnvironment().isCPU();
    }
}
