package dev.headroom.model.job;

import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Rslora;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.Quantization;
import java.util.List;
import java.util.stream.Collectors;

/** Which jobs on quantized weights make sense, and of which of them, and versions of bitsandbytes, the memory is known. */
final class QuantizationRules {
    private QuantizationRules() {}

    static void check(FineTuningJob job, List<Problem> problems, List<String> warnings) {
        checkVersion(job, problems);
        job.precision().quantization().ifPresent(quantization -> {
            checkKind(quantization, problems);
            checkMethod(job, problems);
            warn(job, quantization, warnings);
        });
    }

    private static void checkKind(Quantization quantization, List<Problem> problems) {
        if (quantization.kind() != Quantization.Kind.NF4) {
            problems.add(Problem.unsupported(
                    "quantization.kind",
                    "no rule for quantization '%s' yet"
                            .formatted(quantization.kind().id())));
        }
    }

    private static void checkVersion(FineTuningJob job, List<Problem> problems) {
        boolean used =
                job.precision().quantization().isPresent() || job.optimizer().isBitsandbytes();
        if (used && BitsandbytesRules.of(job.stack()).isEmpty()) {
            problems.add(Problem.unsupported(
                    "stack",
                    "no rules for bitsandbytes %s; known are %s"
                            .formatted(
                                    job.stack().bitsandbytes(),
                                    BitsandbytesRules.ALL.stream()
                                            .map(BitsandbytesRules::version)
                                            .collect(Collectors.joining(", ")))));
        }
    }

    private static void checkMethod(FineTuningJob job, List<Problem> problems) {
        String name = job.method().name();
        if (!(job.method() instanceof AdapterMethod adapter)) {
            problems.add(Problem.invalid(
                    "method.name",
                    "%s trains weights that quantization makes untrainable; use an adapter".formatted(name)));
        } else if (!(adapter instanceof Lora || adapter instanceof Rslora)) {
            problems.add(Problem.unsupported("method.name", "no rule for %s on quantized layers yet".formatted(name)));
        } else if (adapter.beside().biases() != TrainedBeside.Biases.NONE) {
            problems.add(Problem.unsupported("method.bias", "no rule for biases that train in quantized layers yet"));
        }
    }

    private static void warn(FineTuningJob job, Quantization quantization, List<String> warnings) {
        warnings.add("quantized layers: rules from the source of bitsandbytes, held against published runs only");
        if (job.checkpointing() == Checkpointing.NONE && quantization.upcast() != Quantization.Upcast.NONE) {
            warnings.add(
                    "no checkpointing: prepare_model_for_kbit_training turns it on unless told use_gradient_checkpointing=False");
        }
    }
}
