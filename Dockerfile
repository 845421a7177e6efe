# docker build -t conformance . && docker run --rm conformance run losant
FROM python:3.12-slim
WORKDIR /opt/conformance
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY conformance ./conformance
COPY specs ./specs
RUN pip install --no-cache-dir -c constraints.txt . \
    && useradd --create-home --uid 1000 user
USER 1000
WORKDIR /work
ENTRYPOINT ["conformance"]
CMD ["--help"]
