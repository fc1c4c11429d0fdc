package dev.headroom.model.job;

import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Rslora;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.Quantization;
import java.util.List;
import java.util.stream.Collectors;

/** Which jobs on quantized weights make sense, and of which of them, and versions of bitsandbytes, the memory is known. */
final class QuantizationRules {
    private QuantizationRules() {}

    static void check(FineTuningJob job, List<Problem> problems, List<String> warnings) {
        checkVersion(job, problems);
        job.precision().quantization().ifPresent(quantization -> {
            checkKind(job, quantization, problems);
            checkMethod(job, problems);
            warn(job, quantization, warnings);
        });
    }

    private static void checkKind(FineTuningJob job, Quantization quantization, List<Problem> problems) {
        String kind = quantization.kind().id();
        boolean older = !job.stack().bitsandbytes().equals(SoftwareStack.NEWEST.bitsandbytes());
        if (quantization.kind() == Quantization.Kind.INT8 && older) {
            problems.add(Problem.unsupported(
                    "quantization.kind",
                    "no rule for %s before bitsandbytes 0.45, whose kernels keep tensors in tiled layouts"
                            .formatted(kind)));
        }
        boolean half = job.precision().weights() == DType.FLOAT16
                && job.precision()
                        .autocast()
                        .filter(type -> type != DType.FLOAT16)
                        .isEmpty();
        if (quantization.kind() == Quantization.Kind.GPTQ4 && !half) {
            problems.add(Problem.unsupported(
                    "quantization.kind",
                    "no rule for %s in another type than float16, which its kernel dequantizes to".formatted(kind)));
        }
    }

    private static void checkVersion(FineTuningJob job, List<Problem> problems) {
        if (job.usesBitsandbytes() && BitsandbytesRules.of(job.stack()).isEmpty()) {
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
        if (job.method() instanceof FullFineTuning) {
            problems.add(Problem.invalid(
                    "method.name",
                    "%s trains weights that quantization makes untrainable; use an adapter".formatted(name)));
        } else if (!(job.method() instanceof AdapterMethod adapter
                && (adapter instanceof Lora || adapter instanceof Rslora))) {
            problems.add(Problem.unsupported("method.name", "no rule for %s on quantized layers yet".formatted(name)));
        } else if (adapter.beside().biases() != TrainedBeside.Biases.NONE) {
            problems.add(Problem.unsupported("method.bias", "no rule for biases that train in quantized layers yet"));
        }
    }

    private static void warn(FineTuningJob job, Quantization quantization, List<String> warnings) {
        warnings.add(
                switch (quantization.kind()) {
                    case NF4 -> "nf4: rules from the source of bitsandbytes, held against published runs only";
                    case INT8 ->
                        "int8: rules from the source of bitsandbytes, held against no run; computed for inputs without outliers, each column of which would be kept in full";
                    case GPTQ4 -> "gptq4: AutoGPTQ's triton v2 kernel, held against published runs only";
                });
        if (!job.checkpointing().isOn() && quantization.upcast() != Quantization.Upcast.NONE) {
            warnings.add(
                    "no checkpointing: prepare_model_for_kbit_training turns it on unless told use_gradient_checkpointing=False");
        }
    }
}
