package dev.headroom.model.pytorch.optim;

import java.util.Set;

/**
 * What bitsandbytes' optimizers go by.
 *
 * @param block numbers that share a scale
 * @param keptWide paths of modules whose states stay float32 under an 8-bit optimizer: Transformers' Trainer has embeddings
 *     so ({@code trainer.py}, {@code register_module_override})
 */
public record BlockwiseSettings(int block, Set<String> keptWide) {
    public BlockwiseSettings {
        keptWide = Set.copyOf(keptWide);
    }

    boolean keepsWide(String module) {
        return keptWide.stream().anyMatch(path -> (module + ".").startsWith(path + "."));
    }
}
