package dev.headroom.validation.measure;

import dev.headroom.model.job.ResolvedJob;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A batch of random tokens, the same in every step, so that the loss must fall.
 *
 * @param ids the tokens
 * @param labels each token's successor; the first of its sequence for the last
 */
record Tokens(INDArray ids, INDArray labels) {
    static Tokens random(ResolvedJob job, long seed) {
        int sequences = Math.toIntExact(job.job().batch().microBatch());
        int length = Math.toIntExact(job.job().batch().sequenceLength());
        int vocabulary = Math.toIntExact(job.architecture().vocabularySize());
        SplittableRandom random = new SplittableRandom(seed);
        int[] ids = random.ints((long) sequences * length, 0, vocabulary).toArray();
        int[] labels = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            labels[i] = (i + 1) % length == 0 ? ids[i + 1 - length] : ids[i + 1];
        }
        return new Tokens(Nd4j.createFromArray(ids), Nd4j.createFromArray(labels));
    }

    /** How many tokens. */
    long count() {
        return ids.length();
    }
}
