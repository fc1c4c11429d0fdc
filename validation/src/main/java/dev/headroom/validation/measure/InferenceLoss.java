package dev.headroom.validation.measure;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes a loss without training. */
final class InferenceLoss {
    private final InferenceSession session;

    InferenceLoss(SameDiff sameDiff, ArrayBooks books) {
        session = new InferenceSession(sameDiff);
        session.setMmgr(books);
    }

    /** The sum of a variable's elements. */
    double of(String variable, Map<String, INDArray> placeholders) {
        Map<String, INDArray> outputs =
                session.output(List.of(variable), placeholders, null, List.of(), List.of(), At.defaultAt());
        INDArray losses = outputs.get(variable);
        if (losses == null) {
            throw new IllegalStateException("ND4J computed no '%s'".formatted(variable));
        }
        return losses.sumNumber().doubleValue();
    }
}
