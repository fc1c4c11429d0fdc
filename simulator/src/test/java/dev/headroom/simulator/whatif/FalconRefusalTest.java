package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What falcon's attention has no rule for is refused by name; what differs by a little is estimated. */
final class FalconRefusalTest {
    private static final Map<String, Object> CONFIG = Map.of(
            "model_type", "falcon",
            "hidden_size", 64,
            "num_hidden_layers", 2,
            "num_attention_heads", 4,
            "vocab_size", 100);

    private static JobSource job(String attention, String checkpointing, String method) {
        return JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "tiny"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .with(JobKey.ATTENTION, Scalar.ofOption("--attention", attention))
                .with(JobKey.CHECKPOINTING, Scalar.ofOption("--checkpointing", checkpointing))
                .withMethod(Scalar.ofOption("--method", method));
    }

    private static long peak(JobSource job) {
        Workplace workplace = new Workplace(
                HuggingFaceConfig.architecture(CONFIG),
                Optional.empty(),
                Bytes.ZERO,
                new JobResolver(new OverheadCatalog().all()));
        return workplace.estimate(job.read()).peakAllocated().count();
    }

    @Test
    void estimate_flash2_isRefused() {
        assertThatThrownBy(() -> peak(job("flash2", "none", "full")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for falcon with flash2");
    }

    @Test
    void estimate_probabilitiesReturnedUnderReentrantCheckpointing_areRefused() {
        assertThatThrownBy(() -> peak(job("eager", "reentrant", "full")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("whose layers return probabilities");
        assertThat(peak(job("sdpa", "reentrant", "full"))).isPositive();
        assertThat(peak(job("eager", "non-reentrant", "full"))).isPositive();
    }

    @Test
    void estimate_prefixTuning_isRefused() {
        assertThatThrownBy(() -> peak(job("sdpa", "none", "prefix-tuning")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for prefix-tuning of falcon");
    }
}
